//! A passage of the data files, with its topic, heading and dates.

use super::dates;
use super::language::Language;
use super::topics::{self, Topic};
use super::words;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The owner's answer; the heading is the question.
    Answer,
    /// A job, a course of study or similar, with a heading of its own.
    Entry,
    /// Items without sentences.
    List,
    /// A single value, such as an email address.
    Fact,
    /// Sentences.
    Prose,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Passage {
    pub(super) kind: Kind,
    pub(super) topic: Option<Topic>,
    pub(super) head: String,
    /// The title or key above several entries. It is searched, but not shown.
    pub(super) section: String,
    /// The dates as the owner wrote them.
    pub(super) dates: String,
    pub(super) years: Option<(u16, Option<u16>)>,
    pub(super) is_current: bool,
    /// Whether its sentences begin with a step of the career.
    pub(super) is_step: bool,
    pub(super) lines: Vec<String>,
}

impl Passage {
    pub(super) fn new(kind: Kind, topic: Option<Topic>, head: &str) -> Self {
        let lines = Vec::new();
        let head = head.to_owned();
        Self {
            kind,
            topic,
            head,
            section: String::new(),
            dates: String::new(),
            years: None,
            is_current: false,
            is_step: false,
            lines,
        }
    }

    /// Adds a part of the heading, without its dates.
    pub(super) fn add_head(&mut self, text: &str) {
        let (text, is_dated) = self.take_dates(text);
        if !text.is_empty() {
            let separator = if self.head.is_empty() { "" } else { ", " };
            self.head = format!("{}{separator}{text}", self.head);
        }
        debug_assert!(!is_dated || self.years.is_some());
    }

    /// Returns the text without its dates, which become those of the passage.
    fn take_dates(&mut self, text: &str) -> (String, bool) {
        let text = text.trim();
        let Some(span) = dates::find(text).filter(|_| self.years.is_none()) else {
            return (text.to_owned(), false);
        };
        text[span.range.clone()].clone_into(&mut self.dates);
        self.years = Some((span.start, span.end));
        self.is_current = span.is_current;
        let edges =
            [' ', '(', ')', '[', ']', '–', '—', '-', '|', '·', ',', ':', '~', '〜', '、', '（', '）', '：'];
        let before = text[..span.range.start].trim_end_matches(edges);
        let after = text[span.range.end..].trim_start_matches(edges);
        // LinkedIn adds the length of the period, as in "(3 years 2 months)".
        let is_unit = |word: &str| {
            let word = words::fold(word);
            let starts = ["year", "yr", "mo", "jahr", "an", "mes", "et", "y", "e", "und"];
            word.starts_with(|letter: char| letter.is_ascii_digit())
                || starts.iter().any(|start| word.starts_with(start))
        };
        let is_length = after.starts_with(|letter: char| letter.is_ascii_digit())
            && after.ends_with(')')
            && after.split_whitespace().all(is_unit);
        let after = if is_length { "" } else { after.trim_end_matches([' ', ':']) };
        let separator = if before.is_empty() || after.is_empty() { "" } else { ", " };
        (format!("{before}{separator}{after}"), true)
    }
}

/// Returns the topic of a value with a label. Languages among skills are programming languages, unless people speak them.
pub(super) fn topic_of(label: &str, text: &str, outer: Option<Topic>) -> Option<Topic> {
    let topic = topics::of_heading(label);
    if topic != Some(Topic::Languages) || outer != Some(Topic::Skills) {
        return topic.or(outer);
    }
    Some(if names_language(text) { Topic::Languages } else { Topic::Programming })
}

/// Returns whether a text names one of the languages that most people learn.
pub(super) fn names_language(text: &str) -> bool {
    let is_spoken = |word: &words::Word<'_>| {
        let synonyms = words::synonyms(word.text, Language::English);
        let is_known =
            |name: &String| matches!(name.as_str(), "english" | "french" | "german" | "spanish" | "italian");
        synonyms.iter().any(is_known)
    };
    words::split(&words::fold(text)).iter().any(is_spoken)
}

/// Adds a value with a label, such as `Languages: English, German`.
pub(super) fn labeled(label: &str, text: &str, outer: Option<Topic>) -> Passage {
    let topic = topic_of(label, text, outer);
    let is_list = !text.contains(['.', '!', '?', '。']) || text.split([',', ';']).count() > 4;
    // A comma between digits belongs to a number, as in "0,70".
    let items = text.split([';', '·', '|', '、']).flat_map(|part| part.split(", ")).map(str::trim);
    let items: Vec<&str> = items.filter(|item| !item.is_empty()).collect();
    let may_be_list = items.len() > 1
        && !matches!(topic, Some(Topic::Location | Topic::Work | Topic::Employer | Topic::Name));
    if may_be_list && is_list && items.iter().all(|item| item.len() < 60) {
        let mut passage = Passage::new(Kind::List, topic, label);
        passage.lines = items.into_iter().map(|item| item.trim_end_matches('.').to_owned()).collect();
        return passage;
    }
    let mut passage = Passage::new(Kind::Fact, topic, label);
    passage.lines = vec![text.trim().to_owned()];
    passage
}

/// Words that end with a period within a sentence.
const ABBREVIATIONS: [&str; 28] = [
    "dr", "mr", "ms", "mrs", "st", "prof", "bzw", "ca", "etc", "nr", "no", "vs", "sra", "sr", "inc", "ltd",
    "approx", "dipl", "ing", "usw", "evtl", "max", "min", "mme", "dra", "jr", "gegr", "geb",
];

/// Splits a text into sentences.
pub(super) fn sentences(text: &str) -> Vec<String> {
    let mut sentences: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut start = 0;
        for (at, letter) in line.char_indices() {
            let end = at + letter.len_utf8();
            let is_end = match letter {
                '。' | '！' | '？' => true,
                '.' | '!' | '?' => {
                    let word = line[start..at]
                        .rsplit(|letter: char| !letter.is_alphanumeric())
                        .next()
                        .unwrap_or_default();
                    let rest = line[end..].trim_start();
                    let folded = words::fold(word);
                    let is_short = letter == '.'
                        && (word.chars().count() == 1
                            || ABBREVIATIONS.contains(&folded.as_str())
                            // As in "Oct. 2019" and "12. Mai".
                            || rest.starts_with(|next: char| next.is_ascii_digit()) && dates::is_month(&folded)
                            || matches!(word.len(), 1 | 2) && word.bytes().all(|byte| byte.is_ascii_digit()));
                    words::work::add(line.len() - end - rest.len() + word.len());
                    let is_spaced = line[end..].starts_with(char::is_whitespace);
                    is_spaced
                        && !is_short
                        && rest.starts_with(|next: char| !next.is_lowercase() && next != '(')
                }
                _ => false,
            };
            if is_end {
                sentences.push(line[start..end].trim().to_owned());
                start = end;
            }
        }
        sentences.push(line[start..].trim().to_owned());
    }
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}
