//! Finds private data in JSON and YAML: by keys, and in all strings and comments.
//!
//! The results are places in the source text, so that the order of keys and the formatting are kept.

use std::ops::Range;

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle};

use super::finder::{Finder, Match};
use super::text::REDACTED;
use super::unescape::Unescaped;
use super::{PrivateKind, keys};

/// A match and its replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Replacement {
    pub(super) found: Match,
    pub(super) with: &'static str,
}

/// Returns the replacements, or `None` if the text is neither JSON nor YAML.
pub(super) fn replacements(text: &str, finder: &Finder<'_>) -> Option<Vec<Replacement>> {
    let mut walk = Walk { text, finder, open: Vec::new(), replacements: Vec::new() };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.ok()?;
        walk.step(&event, span.byte_range()?);
    }
    Some(walk.replacements)
}

/// A mapping or sequence that is not closed yet, and the kind of its values according to the keys above.
#[derive(Clone, Copy)]
enum Open {
    /// In a mapping, before a key.
    Keys(Option<PrivateKind>),
    /// In a mapping, after a key.
    Value { outer: Option<PrivateKind>, inner: Option<PrivateKind> },
    /// In a sequence.
    Items(Option<PrivateKind>),
}

impl Open {
    fn kind(self) -> Option<PrivateKind> {
        match self {
            Self::Keys(kind) | Self::Items(kind) => kind,
            Self::Value { inner, .. } => inner,
        }
    }
}

struct Walk<'a> {
    text: &'a str,
    finder: &'a Finder<'a>,
    open: Vec<Open>,
    replacements: Vec<Replacement>,
}

impl Walk<'_> {
    fn step(&mut self, event: &Event<'_>, range: Range<usize>) {
        let kind = self.open.last().and_then(|open| open.kind());
        match event {
            Event::MappingStart(..) => self.open.push(Open::Keys(kind)),
            Event::SequenceStart(..) => self.open.push(Open::Items(kind)),
            Event::MappingEnd | Event::SequenceEnd => {
                self.open.pop();
                self.next(None);
            }
            Event::Scalar(value, style, ..) => {
                if !matches!(self.open.last(), Some(Open::Keys(_))) {
                    self.check_value(value, *style, range, kind);
                }
                self.next(Some(value));
            }
            Event::Alias(_) => self.next(None),
            Event::Comment(..) => self.search(range, ScalarStyle::Plain),
            _ => {}
        }
    }

    /// Switches between keys and values. `key` is the key that was read.
    fn next(&mut self, key: Option<&str>) {
        if let Some(open) = self.open.last_mut() {
            *open = match *open {
                Open::Keys(outer) => Open::Value { outer, inner: key.and_then(keys::kind).or(outer) },
                Open::Value { outer, .. } => Open::Keys(outer),
                Open::Items(kind) => Open::Items(kind),
            };
        }
    }

    fn check_value(
        &mut self,
        value: &str,
        style: ScalarStyle,
        range: Range<usize>,
        kind: Option<PrivateKind>,
    ) {
        let by_key = kind.filter(|kind| !self.finder.allows(*kind) && keys::fits(*kind, value.trim()));
        let Some(kind) = by_key else {
            self.search(range, style);
            return;
        };
        let with =
            if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) { REDACTED } else { "null" };
        let length = self.text[range.clone()].trim_end().len();
        self.replacements
            .push(Replacement { found: Match { range: range.start..range.start + length, kind }, with });
    }

    fn search(&mut self, range: Range<usize>, style: ScalarStyle) {
        let start = range.start;
        let written = &self.text[range];
        let unescaped = Unescaped::new(written, style == ScalarStyle::DoubleQuoted);
        // Quotes are syntax here. In a text, they mark a title.
        let is_quoted = matches!(style, ScalarStyle::DoubleQuoted | ScalarStyle::SingleQuoted);
        let quote = usize::from(is_quoted && unescaped.text.len() > 1);
        for found in self.finder.find(&unescaped.text[quote..unescaped.text.len() - quote]) {
            let inner = unescaped.source_range(found.range.start + quote..found.range.end + quote);
            for range in lines(written, inner) {
                let range = range.start + start..range.end + start;
                self.replacements
                    .push(Replacement { found: Match { range, kind: found.kind }, with: REDACTED });
            }
        }
    }
}

/// Splits a range into its lines, without their indentation, which is part of the YAML syntax.
fn lines(text: &str, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut at = range.start;
    text[range].split_inclusive('\n').filter_map(move |line| {
        let start = at + line.len() - line.trim_start().len();
        at += line.len();
        let length = line.trim().len();
        (length > 0).then_some(start..start + length)
    })
}
