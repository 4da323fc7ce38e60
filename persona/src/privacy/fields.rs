//! Finds private things in JSON and YAML: by their keys, and in every string and comment.
//!
//! Only what is found is replaced, in the text as it is written, so the order of keys and all else stay.

use std::ops::Range;

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle};

use super::found::{Finder, Found};
use super::text::GONE;
use super::unescape::Unescaped;
use super::{Private, keys};

/// What takes the place of something found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) found: Found,
    pub(super) with: &'static str,
}

/// `None` where the text is neither JSON nor YAML.
pub(super) fn changes(text: &str, finder: &Finder<'_>) -> Option<Vec<Change>> {
    let mut walk = Walk { text, finder, open: Vec::new(), changes: Vec::new() };
    for event in Parser::new_from_str(text) {
        let (event, span) = event.ok()?;
        walk.step(&event, span.byte_range()?);
    }
    Some(walk.changes)
}

/// A mapping or a sequence that has begun, and what the keys above say of its values.
#[derive(Clone, Copy)]
enum Open {
    /// A key comes next.
    Keys(Option<Private>),
    /// The value of a key comes next.
    Value {
        outer: Option<Private>,
        inner: Option<Private>,
    },
    Items(Option<Private>),
}

impl Open {
    fn kind(self) -> Option<Private> {
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
    changes: Vec<Change>,
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
                    self.value(value, *style, range, kind);
                }
                self.next(Some(value));
            }
            Event::Alias(_) => self.next(None),
            Event::Comment(..) => self.inside(range, ScalarStyle::Plain),
            _ => {}
        }
    }

    /// Keys and values take turns.
    fn next(&mut self, key: Option<&str>) {
        if let Some(open) = self.open.last_mut() {
            *open = match *open {
                Open::Keys(outer) => Open::Value { outer, inner: key.and_then(keys::kind).or(outer) },
                Open::Value { outer, .. } => Open::Keys(outer),
                Open::Items(kind) => Open::Items(kind),
            };
        }
    }

    fn value(&mut self, value: &str, style: ScalarStyle, range: Range<usize>, kind: Option<Private>) {
        let said = kind.filter(|kind| !self.finder.allows(*kind) && keys::fits(*kind, value.trim()));
        let Some(kind) = said else {
            self.inside(range, style);
            return;
        };
        let with = if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) { GONE } else { "null" };
        let length = self.text[range.clone()].trim_end().len();
        self.changes.push(Change { found: Found { range: range.start..range.start + length, kind }, with });
    }

    fn inside(&mut self, range: Range<usize>, style: ScalarStyle) {
        let start = range.start;
        let written = &self.text[range];
        let plain = Unescaped::new(written, style == ScalarStyle::DoubleQuoted);
        for found in self.finder.find(&plain.text) {
            let inner = plain.place(found.range);
            for range in lines(written, inner) {
                let range = range.start + start..range.end + start;
                self.changes.push(Change { found: Found { range, kind: found.kind }, with: GONE });
            }
        }
    }
}

/// The parts of a range that stand on lines of their own, without the indentation that is YAML's.
fn lines(text: &str, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut at = range.start;
    text[range].split_inclusive('\n').filter_map(move |line| {
        let start = at + line.len() - line.trim_start().len();
        at += line.len();
        let length = line.trim().len();
        (length > 0).then_some(start..start + length)
    })
}
