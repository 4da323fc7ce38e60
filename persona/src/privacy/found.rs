//! Where in a text something private stands.

use std::collections::BTreeMap;
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use super::{Allow, Private, address, birthday, link, phone};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) range: Range<usize>,
    pub(super) kind: Private,
}

type Find = fn(&str) -> Vec<Range<usize>>;

const KINDS: [(Private, Find); 3] =
    [(Private::Birthday, birthday::find), (Private::Address, address::find), (Private::Phone, phone::find)];

/// Finds what is not allowed, by how it looks, and what was found elsewhere, wherever it stands again.
#[derive(Debug)]
pub(super) struct Finder<'a> {
    allow: &'a Allow,
    known: Option<(AhoCorasick, Vec<Private>)>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(allow: &'a Allow) -> Self {
        Self { allow, known: None }
    }

    /// A number that is called a phone number in one file is one in the others.
    pub(super) fn knowing(allow: &'a Allow, known: &BTreeMap<String, Private>) -> Self {
        if known.is_empty() {
            return Self::new(allow);
        }
        let texts = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(known.keys());
        Self { allow, known: texts.ok().map(|texts| (texts, known.values().copied().collect())) }
    }

    pub(super) fn allows(&self, kind: Private) -> bool {
        self.allow.contains(&kind)
    }

    /// Whether anything in a text was found in another.
    pub(super) fn knows(&self, text: &str) -> bool {
        self.known.as_ref().is_some_and(|(texts, _)| texts.is_match(text))
    }

    /// In order and without overlaps.
    pub(super) fn find(&self, text: &str) -> Vec<Found> {
        let mut all = Vec::new();
        for window in windows(text) {
            for (kind, find) in KINDS.into_iter().filter(|(kind, _)| !self.allows(*kind)) {
                let found = find(&text[window.clone()]).into_iter();
                let place = |range: Range<usize>| range.start + window.start..range.end + window.start;
                all.extend(found.map(|range| Found { range: place(range), kind }));
            }
        }
        if let Some((texts, kinds)) = &self.known {
            let again = texts.find_iter(text).filter(|again| !link::holds(text, again.start()));
            all.extend(
                again.map(|again| Found { range: again.range(), kind: kinds[again.pattern().as_usize()] }),
            );
        }
        in_order(all)
    }
}

/// Lines with a number and the two before each, which may say what it is: nothing is private without a number, and
/// looking for one is fast.
fn windows(text: &str) -> Vec<Range<usize>> {
    let mut windows: Vec<Range<usize>> = Vec::new();
    let mut line = 0;
    while let Some(digit) = first_digit(&text.as_bytes()[line..]) {
        let start =
            memchr::memrchr_iter(b'\n', &text.as_bytes()[..line + digit]).nth(2).map_or(0, |end| end + 1);
        let end = text[line + digit..].find('\n').map_or(text.len(), |end| line + digit + end + 1);
        match windows.last_mut() {
            Some(last) if start <= last.end => last.end = end,
            _ => windows.push(start..end),
        }
        line = end;
    }
    windows
}

/// Most of a text has none, so whole blocks are asked at once.
fn first_digit(bytes: &[u8]) -> Option<usize> {
    const BLOCK: usize = 64;
    let has_digit = |block: &[u8]| block.iter().fold(false, |found, byte| found | byte.is_ascii_digit());
    let without = bytes.chunks(BLOCK).take_while(|block| !has_digit(block)).count() * BLOCK;
    let rest = bytes.get(without..)?;
    Some(without + rest.iter().position(u8::is_ascii_digit)?)
}

/// Of two that overlap, the one that begins first is enlarged.
fn in_order(mut all: Vec<Found>) -> Vec<Found> {
    all.sort_by_key(|found| (found.range.start, std::cmp::Reverse(found.range.end)));
    let mut apart: Vec<Found> = Vec::with_capacity(all.len());
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
