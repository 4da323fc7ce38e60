//! YAML as a tree of values with their places in the file, so that all errors can be found and printed with their
//! lines.

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Error, Location, MessageFormatter, Spanned, UserMessageFormatter};

use super::error::{Place, Source, SpecError};

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    /// There is no value after the colon.
    Empty,
    /// `null` or `~`: resets a field to its default.
    Null,
    Bool(bool),
    /// The text as written: leading zeros of an account ID and trailing zeros of a version are significant.
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_place: Place,
    pub(super) node: Node,
}

/// Parses a file. A file without values is an empty map.
pub(super) fn parse(path: &Path, text: &str) -> Result<Node, SpecError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
    let source = Arc::new(Source { path: path.to_owned(), text });
    match serde_saphyr::from_str_with_options::<Option<Spanned<Raw>>>(&source.text, options()) {
        Ok(Some(raw)) => Ok(node(&source, raw)),
        Ok(None) => {
            let place = Place { source, range: 0..0 };
            Ok(Node { place, value: Value::Map(Vec::new()) })
        }
        Err(error) => Err(syntax(&source, &error)),
    }
}

/// Limits that no valid file reaches, so that a malicious one is rejected quickly.
fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        strict_booleans: true,
        with_snippet: false,
        budget: serde_saphyr::budget! {
            max_depth: 16,
            max_events: 20_000,
            max_nodes: 10_000,
            max_aliases: 100,
        },
    }
}

/// The tree as the YAML parser returns it.
enum Raw {
    Null,
    Bool(bool),
    Number,
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(yes))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_u128<E>(self, _: u128) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Raw, E> {
        Ok(Raw::Number)
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Raw::Map(map))
    }
}

fn node(source: &Arc<Source>, raw: Spanned<Raw>) -> Node {
    let place = place(source, &raw.defined);
    let written = &source.text[place.range.clone()];
    let value = match raw.value {
        Raw::Null if written == "~" || written.eq_ignore_ascii_case("null") => Value::Null,
        Raw::Null => Value::Empty,
        Raw::Bool(yes) => Value::Bool(yes),
        Raw::Number => Value::Number(written.to_owned()),
        Raw::Text(text) => Value::Text(text),
        Raw::List(items) => Value::List(items.into_iter().map(|item| node(source, item)).collect()),
        Raw::Map(entries) => {
            Value::Map(entries.into_iter().map(|(key, value)| entry(source, key, value)).collect())
        }
    };
    Node { place, value }
}

fn entry(source: &Arc<Source>, key: Spanned<String>, value: Spanned<Raw>) -> Entry {
    let key_place = place(source, &key.defined);
    let mut node = node(source, value);
    // For a missing value, or one that starts on a later line, errors are printed at the key.
    if matches!(node.value, Value::Empty | Value::List(_) | Value::Map(_)) {
        node.place = key_place.clone();
    }
    Entry { key: key.value, key_place, node }
}

fn syntax(source: &Arc<Source>, error: &Error) -> SpecError {
    let place = place(source, &error.location().unwrap_or(Location::UNKNOWN));
    let error = match error {
        Error::AliasError { error, .. } => error,
        error => error,
    };
    if let Error::DuplicateMappingKey { key: Some(key), .. } = error {
        return SpecError::at(&place, format!("duplicate key `{key}`"), "second occurrence")
            .help("remove one of them".to_owned());
    }
    if let Error::Budget { .. } = error {
        return SpecError::at(
            &place,
            "the file is too large or too deeply nested",
            "the limit is reached here",
        );
    }
    let reason = UserMessageFormatter.format_message(error).into_owned();
    let tabs = reason.contains("tabs").then(|| "indent with spaces".to_owned());
    SpecError::at(&place, "invalid YAML", reason).help(tabs)
}

/// Converts a location of the YAML parser to a place in the text, on one line.
fn place(source: &Arc<Source>, location: &Location) -> Place {
    let span = location.span();
    let whole = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
    let start = match span.byte_offset() {
        Some(offset) => whole(offset),
        None => offset_of(&source.text, whole(location.line()), whole(location.column())),
    };
    let end = start.saturating_add(whole(span.byte_len().unwrap_or(0)));
    Place { source: Arc::clone(source), range: one_line(&source.text, start..end) }
}

/// Returns the byte offset of a line and column, which start at 1.
fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text[before..].lines().next().unwrap_or_default();
    let inside = rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at);
    before + inside
}

fn one_line(text: &str, range: Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(range.start.min(text.len()));
    let end = text.floor_char_boundary(range.end.clamp(start, text.len()));
    let written = text[start..end].lines().next().unwrap_or_default().trim_end();
    start..start + written.len()
}
