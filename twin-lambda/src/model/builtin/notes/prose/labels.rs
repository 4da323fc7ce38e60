//! Values with a label, and those below the name of a resume.

use super::super::super::passage::{Kind, Passage, labeled, sentences};
use super::super::super::topics::{self, Topic};
use super::super::lines::{is_phrase, is_short};
use super::Reader;

impl Reader<'_> {
    /// Adds the role and the place from the lines below the name of a resume.
    pub(super) fn add_headline(&mut self, text: &str) -> bool {
        if self.outer.is_some()
            || self.sections != 1
            || self.topic != Some(Topic::Summary)
            || !self.title.is_empty()
        {
            return false;
        }
        let is_contact = text.contains('@') || text.contains("www.") || text.contains("://");
        if is_contact && sentences(text).len() > 1 {
            return false;
        }
        let parts = text.split(['|', '·', '•']).map(str::trim);
        let is_value = |part: &&str| {
            !part.is_empty()
                && is_short(part)
                && !part.contains(['@', '/', ':'])
                && !part.contains(char::is_numeric)
                && !part.starts_with("www.")
        };
        let mut parts: Vec<&str> = parts.filter(is_value).collect();
        if !is_contact {
            let is_role = self.passages.len() == self.first + 1
                && self.paragraph.is_empty()
                && parts.len() == 1
                && is_short(text);
            parts.truncate(usize::from(is_role));
        }
        let has_role = !is_contact || self.passages.len() == self.first + 1 && parts.len() > 1;
        for (number, part) in parts.iter().enumerate() {
            let topic = if number == 0 && has_role { Topic::Work } else { Topic::Location };
            let mut passage = Passage::new(Kind::Fact, Some(topic), "");
            passage.lines = vec![(*part).to_owned()];
            self.passages.push(passage);
        }
        is_contact || !parts.is_empty()
    }

    /// Adds a passage for `Label: value`, if the label names a topic.
    pub(super) fn add_label(&mut self, text: &str) -> bool {
        let Some((label, value)) = text.split_once([':', '：']) else { return false };
        let is_url = value.starts_with("//");
        if is_url || label.chars().count() > 40 || value.trim().is_empty() || is_phrase(label) {
            return false;
        }
        if topics::of_heading(label).is_none() {
            // Groups of skills have names of their own.
            if self.topic != Some(Topic::Skills) || label.split_whitespace().count() > 4 {
                return false;
            }
        }
        // As in "Eight people work with us: three bakers. We sleep at night."
        if label.split_whitespace().count() > 3 && sentences(value).len() > 1 {
            return false;
        }
        self.flush();
        let mut passage = labeled(label.trim(), value, self.topic);
        let is_section = self.is_after_blank && passage.topic != self.topic && !self.is_item_entry;
        if let Some(entry) = &mut self.entry
            && !matches!(passage.topic, Some(Topic::Languages | Topic::Contact | Topic::Location))
            && self.topic.is_some_and(Topic::has_entries)
        {
            let is_detail = matches!(passage.topic, Some(Topic::Skills | Topic::Programming));
            if !is_section || is_detail {
                entry.lines.push(text.to_owned());
            }
            if !is_section {
                return true;
            }
        }
        if passage.kind == Kind::Fact {
            let parts = sentences(&passage.lines[0]);
            if parts.len() > 1 {
                passage.kind = Kind::Prose;
                passage.lines = parts;
            }
        }
        self.passages.push(passage);
        true
    }
}
