//! Finds private data in a text.

use std::collections::BTreeMap;
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use super::{Allow, PrivateKind, address, birthday, fold::Folded, phone};

/// The place of private data in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) range: Range<usize>,
    pub(super) kind: PrivateKind,
}

type Find = fn(&str) -> Vec<Range<usize>>;

const KINDS: [(PrivateKind, Find); 3] = [
    (PrivateKind::Birthday, birthday::find),
    (PrivateKind::Address, address::find),
    (PrivateKind::Phone, phone::find),
];

/// Finds private data that the owner does not allow: by its form, and by texts that were found elsewhere.
#[derive(Debug)]
pub(super) struct Finder<'a> {
    allow: &'a Allow,
    /// Texts that are known to be private, with their kinds.
    known: Option<(AhoCorasick, Vec<PrivateKind>)>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(allow: &'a Allow) -> Self {
        Self { allow, known: None }
    }

    /// Creates a finder that also finds the `known` texts. So a number that is labeled as a phone number in one file is
    /// found in the others too.
    pub(super) fn with_known(allow: &'a Allow, known: &BTreeMap<String, PrivateKind>) -> Self {
        if known.is_empty() {
            return Self::new(allow);
        }
        let texts = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(known.keys());
        Self { allow, known: texts.ok().map(|texts| (texts, known.values().copied().collect())) }
    }

    pub(super) fn allows(&self, kind: PrivateKind) -> bool {
        self.allow.contains(&kind)
    }

    pub(super) fn contains_known(&self, text: &str) -> bool {
        self.known.as_ref().is_some_and(|(texts, _)| texts.is_match(text))
    }

    /// Returns all matches, in order and without overlaps.
    pub(super) fn find(&self, text: &str) -> Vec<Match> {
        let mut all = match Folded::new(text) {
            Some(folded) => {
                let found = self.find_by_form(&folded.text).into_iter();
                found.map(|Match { range, kind }| Match { range: folded.original(&range), kind }).collect()
            }
            None => self.find_by_form(text),
        };
        if let Some((texts, kinds)) = &self.known {
            let known = texts.find_iter(text).filter(|known| !is_in_link(text, known.start()));
            all.extend(
                known.map(|known| Match { range: known.range(), kind: kinds[known.pattern().as_usize()] }),
            );
        }
        in_order(all)
    }
}

impl Finder<'_> {
    fn find_by_form(&self, text: &str) -> Vec<Match> {
        let mut all = Vec::new();
        for window in windows(text) {
            for (kind, find) in KINDS.into_iter().filter(|(kind, _)| !self.allows(*kind)) {
                let found = find(&text[window.clone()]).into_iter();
                let place = |range: Range<usize>| range.start + window.start..range.end + window.start;
                all.extend(found.map(|range| Match { range: place(range), kind }));
            }
        }
        all
    }
}

/// Words for a house without a number and for years of the last century, which are private without a digit.
const IN_WORDS: [&str; 8] =
    ["s/n", "S/N", "ineteen", "neunzehnhundert", "novecent", "novecient", "neuf cent", "девятьсот"];

/// Returns the lines with a digit, each with the two lines before it, which can contain its label, and the line
/// after it, in which a street can end. All private data contains a
/// digit or one of a few words, and searching for both is fast.
fn windows(text: &str) -> Vec<Range<usize>> {
    let mut windows: Vec<Range<usize>> = Vec::new();
    let mut line = 0;
    let words = IN_WORDS.iter().flat_map(|word| memchr::memmem::find_iter(text.as_bytes(), word));
    let mut words: Vec<usize> = words.collect();
    words.sort_unstable();
    let mut words = words.into_iter().peekable();
    loop {
        while words.next_if(|at| *at < line).is_some() {}
        let digit = first_digit(&text.as_bytes()[line..]);
        let word = words.peek().map(|at| at - line);
        let Some(digit) = digit.into_iter().chain(word).min() else { break };
        let start =
            memchr::memrchr_iter(b'\n', &text.as_bytes()[..line + digit]).nth(2).map_or(0, |end| end + 1);
        let end_of_line = |from: usize| text[from..].find('\n').map_or(text.len(), |end| from + end + 1);
        line = end_of_line(line + digit);
        let end = end_of_line(line);
        match windows.last_mut() {
            Some(last) if start <= last.end => last.end = end,
            _ => windows.push(start..end),
        }
    }
    windows
}

/// Returns the position of the first digit. Searches in blocks, because most of a text has no digits.
fn first_digit(bytes: &[u8]) -> Option<usize> {
    const BLOCK: usize = 64;
    let has_digit = |block: &[u8]| block.iter().fold(false, |found, byte| found | byte.is_ascii_digit());
    let without = bytes.chunks(BLOCK).take_while(|block| !has_digit(block)).count() * BLOCK;
    let rest = bytes.get(without..)?;
    Some(without + rest.iter().position(u8::is_ascii_digit)?)
}

/// Sorts matches, and joins those that overlap.
fn in_order(mut all: Vec<Match>) -> Vec<Match> {
    all.sort_by_key(|found| (found.range.start, std::cmp::Reverse(found.range.end)));
    let mut apart: Vec<Match> = Vec::with_capacity(all.len());
    for found in all {
        match apart.last_mut() {
            Some(last) if found.range.start < last.range.end => {
                last.range.end = last.range.end.max(found.range.end);
            }
            _ => apart.push(found),
        }
    }
    apart
}

/// Parts of links that call a phone number.
const CALL_LINKS: [&str; 5] = ["tel:", "sms:", "wa.me/", "whatsapp", "signal.me/"];

/// Returns whether the position is in a link to a web page. Numbers in such links are part of the page's address, and
/// the link would not work without them.
fn is_in_link(text: &str, at: usize) -> bool {
    let ends = |letter: char| letter.is_whitespace() || "\"'<>()[]|`".contains(letter);
    let link = text[..at].rsplit(ends).next().unwrap_or_default().to_lowercase();
    let is_web =
        ["http://", "https://"].iter().any(|scheme| link.contains(scheme)) || link.starts_with("www.");
    let has_plus = text[at..].starts_with('+') || link.ends_with('+') || link.ends_with("%2b");
    is_web && !has_plus && !CALL_LINKS.iter().any(|call| link.contains(call))
}
