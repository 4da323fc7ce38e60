//! Entries of a text: jobs, courses of study and so on, with their heading and dates.

use super::super::super::dates;
use super::super::super::passage::{Kind, Passage, sentences};
use super::super::lines::{is_dated_head, is_duration, is_short, names_role};
use super::Reader;

impl Reader<'_> {
    /// Returns whether a line names the role of an entry, such as "Project manager", and not the topic of a section.
    pub(super) fn is_role(&self, text: &str) -> bool {
        self.is_in_entries()
            && self.is_above_dates
            && !text.ends_with([':', '：'])
            && (!self.is_after_blank || self.company.is_some() || names_role(text))
    }

    /// Adds the dates of an entry that stand in the line below its heading.
    pub(super) fn add_dates(&mut self, text: &str) -> bool {
        let is_expected = self.lacks_dates();
        let Some(entry) = &mut self.entry else { return false };
        let is_rest = |rest: &str| rest.chars().filter(|letter| letter.is_alphanumeric()).count() == 0;
        let has_only_dates = dates::find(text)
            .is_some_and(|span| is_rest(&text[..span.range.start]) && is_rest(&text[span.range.end..]));
        // As in "### Acme" above "*Engineer, 2016 – 2019*".
        let has_dates = has_only_dates || self.is_headed && is_dated_head(text);
        if is_expected && has_dates {
            entry.add_head(text);
        }
        is_expected && has_dates
    }

    /// Returns whether the heading of an entry still lacks its dates.
    pub(super) fn lacks_dates(&self) -> bool {
        self.paragraph.is_empty()
            && self.entry.as_ref().is_some_and(|entry| {
                entry.years.is_none() && entry.lines.is_empty() && !entry.head.is_empty()
            })
    }

    /// Takes the line above a length of time as the company of the following jobs.
    pub(super) fn add_company(&mut self, text: &str) -> bool {
        if !self.is_in_entries() || !is_duration(text) {
            return false;
        }
        let company = self.paragraph.pop_if(|(line, is_item)| !*is_item && is_short(line));
        self.flush();
        self.close_entry();
        self.company = company.map(|(line, _)| line);
        true
    }

    /// An entry in one line keeps its details behind a colon.
    pub(super) fn close_entry_after_item(&mut self) {
        if let Some(entry) = &mut self.entry
            && let Some((head, rest)) = entry.head.clone().split_once(": ")
        {
            head.clone_into(&mut entry.head);
            entry.lines.splice(0..0, sentences(rest)).for_each(drop);
        }
    }

    /// Starts an entry with the dated line and the short lines before it.
    pub(super) fn start_entry(&mut self, text: &str) {
        let mut heads = Vec::new();
        while heads.len() < 2
            && let Some((line, false)) = self.paragraph.last()
            && is_short(line)
        {
            heads.extend(self.paragraph.pop().map(|(line, _)| line));
        }
        self.flush();
        self.close_entry();
        match heads.len() {
            0 => {}
            1 => heads.splice(0..0, self.company.clone()).for_each(drop),
            _ => self.company = None,
        }
        let mut entry = Passage::new(Kind::Entry, self.topic, "");
        for head in heads.iter().rev() {
            entry.add_head(head);
        }
        let mut parts = sentences(text).into_iter();
        if let Some(head) = parts.next() {
            entry.add_head(head.trim_end_matches('.'));
        }
        entry.lines = parts.collect();
        self.heads_after = usize::from(!entry.head.is_empty());
        self.is_item_entry = false;
        self.is_headed = false;
        self.entry = Some(entry);
    }

    pub(super) fn close_entry(&mut self) {
        self.flush();
        if let Some(mut entry) = self.entry.take() {
            self.title.clone_into(&mut entry.section);
            self.passages.push(entry);
        }
    }
}
