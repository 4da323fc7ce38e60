//! Types of values: how they are read, their errors, and their JSON Schema.

use serde_json::{Value as Json, json};

use super::error::SpecError;
use super::nearest::nearest;
use super::rules::InvalidValue;
use super::tree::{Node, Value};

/// A type of value in an environment file.
pub(super) trait Shape: Sized {
    /// Reads a value. Adds errors to `errors`, and returns `None` if there are any.
    fn read(node: &Node, errors: &mut Vec<SpecError>) -> Option<Self>;

    /// Returns the JSON Schema for editors.
    fn schema() -> Json;
}

/// A value that is one of a few words.
pub(super) trait Choice: Copy + Default + PartialEq + 'static {
    const WORDS: &'static [(&'static str, Self)];
}

pub(super) fn read_choice<T: Choice>(node: &Node, errors: &mut Vec<SpecError>) -> Option<T> {
    let text = text(node, errors)?;
    if let Some((_, choice)) = T::WORDS.iter().find(|(word, _)| *word == text) {
        return Some(*choice);
    }
    let words = T::WORDS.iter().map(|(word, _)| *word);
    let listed = words.clone().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let message = format!("invalid value `{text}`");
    let error = SpecError::at(&node.place, message, format!("expected one of {listed}"));
    errors.push(error.help(nearest(text, words).map(|word| format!("did you mean `{word}`?"))));
    None
}

pub(super) fn choice_schema<T: Choice>() -> Json {
    let words: Vec<&str> = T::WORDS.iter().map(|(word, _)| *word).collect();
    json!({ "enum": words })
}

/// Returns a text as it is written, even if YAML parses it as a number: `012345678901` is an account.
pub(super) fn text<'n>(node: &'n Node, errors: &mut Vec<SpecError>) -> Option<&'n str> {
    match &node.value {
        Value::Text(text) | Value::Number(text) => Some(text),
        Value::Bool(yes) => {
            let help = format!("put it in quotes: `\"{yes}\"`");
            errors.push(unexpected(node, "text").help(help));
            None
        }
        _ => reject(node, "text", errors),
    }
}

/// Reads a text and parses it.
pub(super) fn word<T>(
    node: &Node,
    errors: &mut Vec<SpecError>,
    parse: impl FnOnce(&str) -> Result<T, InvalidValue>,
) -> Option<T> {
    match parse(text(node, errors)?) {
        Ok(word) => Some(word),
        Err(InvalidValue { message, expected, help }) => {
            errors.push(SpecError::at(&node.place, message, expected).help(help));
            None
        }
    }
}

pub(super) fn unexpected(node: &Node, expected: &str) -> SpecError {
    let found = match node.value {
        Value::Empty | Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::Text(_) => "text",
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
    };
    let error = SpecError::at(&node.place, format!("expected {expected}, found {found}"), expected);
    match node.value {
        Value::Empty if is_commented_out(node) => {
            error.help("`#` starts a comment; put the value in quotes".to_owned())
        }
        Value::Empty => error.help("set a value, or remove the field".to_owned()),
        _ => error,
    }
}

/// Whether the value looks like a color that YAML reads as a comment: `accent: #3366cc`.
fn is_commented_out(node: &Node) -> bool {
    let rest = node.place.source.text[node.place.range.end..].lines().next().unwrap_or_default();
    rest.split_once('#').is_some_and(|(_, comment)| comment.starts_with(|c: char| c.is_ascii_hexdigit()))
}

pub(super) fn reject<T>(node: &Node, expected: &str, errors: &mut Vec<SpecError>) -> Option<T> {
    errors.push(unexpected(node, expected));
    None
}
