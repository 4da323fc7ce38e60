//! Reads passages from plain text and Markdown: sections with headings, entries with dates, lists and paragraphs.

mod entries;
mod labels;

use super::super::dates;
use super::super::passage::{Kind, Passage, labeled, sentences};
use super::super::topics::{self, Topic};
use super::super::words;
use super::lines::{
    MAX_HEAD, cells, is_above_list, is_alone, is_capitals, is_dated_head, is_name, is_short, is_title,
    is_underline, item, plain, profile, title_case, unwrapped,
};
use super::steps;

/// Length in characters from which a line was probably wrapped.
const WRAPPED: usize = 55;
/// The level of a line in bold letters.
const BOLD: usize = 6;
/// Sentences in one passage. A longer paragraph is split.
const MAX_SENTENCES: usize = 6;

pub(super) fn read(text: &str, topic: Option<Topic>, passages: &mut Vec<Passage>) {
    let mut reader = Reader {
        first: passages.len(),
        section_start: passages.len(),
        passages,
        outer: topic,
        topic,
        level: 0,
        title: String::new(),
        entry: None,
        paragraph: Vec::new(),
        sections: 0,
        heads_after: 0,
        company: None,
        is_item_entry: false,
        is_headed: false,
        is_after_blank: false,
        is_above_dates: false,
    };
    let lines = unwrapped(text);
    let profile = if topic.is_none() { profile(&lines) } else { Vec::new() };
    let mut index = 0;
    while let Some(line) = lines.get(index) {
        index += 1;
        let next = lines.get(index).map(String::as_str).unwrap_or_default();
        reader.is_above_dates = is_dated_head(next.trim()) && item(next).is_none();
        if let Some(number) = profile.iter().position(|known| *known == index - 1) {
            reader.flush();
            let mut passage = Passage::new(
                Kind::Fact,
                [Topic::Name, Topic::Work, Topic::Location].get(number).copied(),
                "",
            );
            passage.lines = vec![plain(line)];
            reader.passages.push(passage);
        } else if cells(line).is_some() && cells(next).is_some_and(|row| row.is_empty()) {
            // The header of a table.
            index += 1;
        } else if !line.trim().is_empty() && is_underline(next) && line.chars().count() <= MAX_HEAD {
            reader.heading(line, if next.trim().starts_with('=') { 1 } else { 2 });
            index += 1;
        } else if is_alone(&lines, index - 1) && reader.can_end_section()
            || is_above_list(&lines, index - 1) && reader.can_have_title(line)
        {
            reader.heading(line, 3);
        } else {
            reader.line(line);
        }
    }
    reader.close_entry();
}

/// Splits a paragraph into passages of limited length. Each step of a career begins one.
fn parts(lines: &[String]) -> Vec<&[String]> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, line) in lines.iter().enumerate() {
        if at > start && (at - start == MAX_SENTENCES || steps::is_step(line)) {
            parts.push(&lines[start..at]);
            start = at;
        }
    }
    parts.push(&lines[start..]);
    parts
}

struct Reader<'p> {
    passages: &'p mut Vec<Passage>,
    outer: Option<Topic>,
    topic: Option<Topic>,
    /// The level of the section's heading: 1 is the highest.
    level: usize,
    title: String,
    entry: Option<Passage>,
    /// Lines since the last blank one, and whether each is an item of a list.
    paragraph: Vec<(String, bool)>,
    sections: usize,
    /// Number of lines after the dates that belong to the entry's heading.
    heads_after: usize,
    /// The company of several jobs, which profiles name once, above all of them.
    company: Option<String>,
    /// Whether the entry is an item of a list.
    is_item_entry: bool,
    /// Whether the entry begins with a heading of its own.
    is_headed: bool,
    /// Whether the line before is blank.
    is_after_blank: bool,
    /// Whether the next line contains the dates of an entry.
    is_above_dates: bool,
    /// Number of the first passage of this file, and of this section.
    first: usize,
    section_start: usize,
}

impl Reader<'_> {
    fn line(&mut self, line: &str) {
        let text = plain(&cells(line).unwrap_or_else(|| line.to_owned()));
        let is_indented = line.starts_with([' ', '\t']);
        let is_blank = text.is_empty() || is_underline(line);
        if is_blank {
            self.flush();
        } else if line.trim_start().starts_with("```") {
            // The mark of a code block.
        } else if self.outer.is_none()
            && self.sections == 0
            && self.paragraph.is_empty()
            && is_name(&text)
            && !is_title(&text)
        {
            self.heading(&text, 3);
        } else if let Some((question, answer)) =
            line.trim().strip_prefix("**").and_then(|rest| rest.split_once("?**"))
        {
            self.flush();
            let mut passage = Passage::new(Kind::Answer, None, &format!("{question}?"));
            passage.lines = sentences(&plain(answer));
            self.passages.push(passage);
        } else if line.starts_with('#') {
            self.heading(line, line.chars().take_while(|letter| *letter == '#').count());
        } else if let Some(item) = item(line) {
            self.item(&plain(item));
        } else if is_capitals(&text) || is_title(&text) && !self.is_role(&text) {
            self.heading(&text, 3);
        } else if line.trim().starts_with("**") && line.trim().ends_with("**") {
            self.heading(&text, BOLD);
        } else if self.add_label(&text)
            || self.add_headline(&text)
            || self.add_dates(&text)
            || self.add_company(&text)
        {
        } else if self.is_in_entries() && is_dated_head(&text) {
            match &mut self.entry {
                // An earlier role in the same company.
                Some(entry) if self.is_headed && entry.lines.is_empty() && !self.is_after_blank => {
                    entry.lines.push(text);
                }
                _ => self.start_entry(&text),
            }
        } else if let Some(entry) = &mut self.entry
            && self.paragraph.is_empty()
            && entry.lines.is_empty()
            && self.heads_after < 2
            && !(self.is_after_blank && (self.is_above_dates || !entry.head.is_empty()))
            && is_short(&text)
            && text.chars().count() < WRAPPED
            && !text.starts_with(char::is_lowercase)
        {
            // Role and employer can follow the dates, and so can the place.
            self.heads_after += 1;
            entry.add_head(&text);
        } else {
            self.push(text, is_indented);
        }
        self.is_after_blank = is_blank;
    }

    /// Adds a line to the paragraph, or to the line that was wrapped.
    fn push(&mut self, text: String, is_indented: bool) {
        if let Some((last, is_item)) = self.paragraph.last_mut() {
            let starts_small = text.starts_with(char::is_lowercase);
            let is_long = last.chars().nth(WRAPPED - 1).is_some()
                && !self.topic.is_some_and(|topic| topic == Topic::Contact);
            let continues = if *is_item { is_indented } else { is_long };
            if continues || starts_small {
                words::work::add(text.len());
                if !last.ends_with(words::is_cjk) {
                    last.push(' ');
                }
                last.push_str(&text);
                return;
            }
        }
        self.paragraph.push((text, false));
    }

    fn item(&mut self, text: &str) {
        // PDF files contain bullets without text.
        if text.trim().is_empty() {
            return;
        }
        let first = sentences(text).into_iter().next().unwrap_or_default();
        let head = first.split(": ").next().unwrap_or_default();
        // Items below a job are its details.
        let can_start = self.is_in_entries() && (self.entry.is_none() || self.is_item_entry);
        if can_start && (is_dated_head(text) || is_dated_head(head.trim_end_matches('.'))) {
            self.flush();
            self.start_entry(text);
            self.is_item_entry = true;
            self.close_entry_after_item();
        } else if !self.add_label(text) {
            self.paragraph.push((text.to_owned(), true));
        }
    }

    fn heading(&mut self, line: &str, level: usize) {
        let text = plain(line).trim_end_matches([':', '：']).to_owned();
        let named = topics::of_heading(&text).filter(|topic| !topic.is_small_talk());
        let named = named.or_else(|| {
            topics::of_title(&text).filter(|topic| !self.is_in_entries() && !topic.has_entries())
        });
        self.flush();
        let is_below = level > self.level && self.is_in_entries();
        if is_below && (named.is_none() || dates::find(&text).is_some()) {
            if level == BOLD
                && self.is_headed
                && self.lacks_dates()
                && let Some(entry) = &mut self.entry
            {
                entry.add_head(&text);
                return;
            }
            self.close_entry();
            self.start_entry(&text);
            self.is_headed = true;
            return;
        }
        self.close_entry();
        if named.is_some() && self.is_in_entries() && level > self.level && level >= 4 {
            // A part of an entry, such as its tools.
            return;
        }
        self.sections += 1;
        self.section_start = self.passages.len();
        if named.is_none() && self.sections == 1 && self.outer.is_none() {
            // A resume starts with the name.
            let mut passage = Passage::new(Kind::Fact, Some(Topic::Name), "");
            passage.lines = vec![title_case(&text)];
            self.passages.push(passage);
            self.topic = Some(Topic::Summary);
            self.title.clear();
            self.level = level;
            return;
        }
        let inherited = if level > self.level { self.topic } else { self.outer };
        self.topic = named.or(inherited.filter(|topic| *topic != Topic::Summary || level > self.level));
        self.level = if named.is_some() || level <= self.level { level } else { self.level };
        self.title = text;
    }

    /// Returns whether a short line can be the heading of another section. After the heading of a section with entries, it
    /// is the heading of an entry.
    fn can_end_section(&self) -> bool {
        self.entry.is_none() && (!self.is_in_entries() || self.passages.len() > self.section_start)
    }

    /// Returns whether a line above a list can be the heading of a section.
    fn can_have_title(&self, line: &str) -> bool {
        let is_named = topics::of_title(line.trim()).is_some_and(|topic| !topic.is_small_talk());
        (self.outer.is_some() || self.sections > 0) && (is_named || !self.is_in_entries())
    }

    /// Returns whether a line is a list of values, as below "Languages".
    fn has_inline_list(&self, line: &str) -> bool {
        let is_about_values = self.topic.is_some_and(|topic| !topic.has_entries() && topic != Topic::Summary);
        self.topic == Some(Topic::Skills) || is_about_values && line.contains([',', '、', ';', '·', '|'])
    }

    fn is_in_entries(&self) -> bool {
        self.topic.is_some_and(Topic::has_entries)
    }

    /// Turns the paragraph into lines of the entry, or into a passage.
    fn flush(&mut self) {
        let paragraph = std::mem::take(&mut self.paragraph);
        if paragraph.is_empty() {
            return;
        }
        let are_items = paragraph.iter().all(|(text, is_item)| *is_item || is_short(text));
        let sentences_among = paragraph.iter().filter(|(text, _)| text.ends_with(['.', '!', '?'])).count();
        let is_list = are_items && sentences_among * 2 < paragraph.len();
        let mut lines: Vec<String> = Vec::new();
        for (text, _) in &paragraph {
            lines.extend(sentences(text));
        }
        if lines.is_empty() {
            return;
        }
        if let Some(entry) = &mut self.entry {
            entry.lines.extend(lines);
            return;
        }
        let is_headed =
            self.is_in_entries() && paragraph.len() > 1 && is_short(&paragraph[0].0) && !paragraph[0].1;
        if is_headed {
            let mut entry = Passage::new(Kind::Entry, self.topic, "");
            entry.add_head(&lines.remove(0));
            entry.lines = lines;
            self.passages.push(entry);
        } else if is_list && (paragraph.len() > 1 || self.has_inline_list(&paragraph[0].0)) {
            let mut list = Passage::new(Kind::List, self.topic, &self.title);
            list.lines = lines;
            if paragraph.len() == 1 {
                let split = labeled(&self.title, &list.lines[0], self.topic);
                list.lines = split.lines;
            }
            self.passages.push(list);
        } else {
            for part in parts(&lines) {
                let mut prose = Passage::new(Kind::Prose, self.topic, &self.title);
                prose.lines = part.to_vec();
                prose.is_step = part.first().is_some_and(|line| steps::is_step(line));
                let dated = part.iter().find_map(|line| Some((line, dates::find(line)?)));
                if let Some((line, span)) = dated {
                    line[span.range].clone_into(&mut prose.dates);
                    prose.years = Some((span.start, span.end));
                    prose.is_current = span.is_current;
                }
                self.passages.push(prose);
            }
        }
    }
}
