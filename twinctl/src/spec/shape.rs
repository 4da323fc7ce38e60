//! What can stand at one place of the file: how it is read, what is said when it is something
//! else, and what an editor is told about it.

use serde_json::{Value as Json, json};

use super::mistake::Mistake;
use super::nearest::nearest;
use super::rules::Refusal;
use super::tree::{Node, Value};

pub(super) trait Shape: Sized {
    /// The value that a node spells. What it cannot be goes to `mistakes`.
    fn read(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<Self>;

    /// The JSON Schema that an editor completes and checks with.
    fn schema() -> Json;
}

/// One of a few words.
pub(super) trait Choice: Copy + Default + PartialEq + 'static {
    const WORDS: &'static [(&'static str, Self)];
    /// Words that will be possible, each with why it is not yet.
    const NOT_YET: &'static [(&'static str, &'static str)] = &[];
}

pub(super) fn read_choice<T: Choice>(node: &Node, mistakes: &mut Vec<Mistake>) -> Option<T> {
    let text = text(node, mistakes)?;
    if let Some((_, choice)) = T::WORDS.iter().find(|(word, _)| *word == text) {
        return Some(*choice);
    }
    let words = T::WORDS.iter().map(|(word, _)| *word);
    let listed = words.clone().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    let not_yet = T::NOT_YET.iter().find(|(word, _)| *word == text);
    let message = match not_yet {
        Some((_, reason)) => (*reason).to_owned(),
        None => format!("`{text}` is not possible here"),
    };
    let mistake = Mistake::at(&node.place, message, format!("possible: {listed}"));
    let meant = nearest(text, words).filter(|_| not_yet.is_none());
    mistakes.push(mistake.help(meant.map(|word| format!("did you mean `{word}`?"))));
    None
}

pub(super) fn choice_schema<T: Choice>() -> Json {
    let words: Vec<&str> = T::WORDS.iter().map(|(word, _)| *word).collect();
    json!({ "enum": words })
}

/// The text of a word, whatever YAML takes it for: `012345678901` is an account, not a number.
pub(super) fn text<'n>(node: &'n Node, mistakes: &mut Vec<Mistake>) -> Option<&'n str> {
    match &node.value {
        Value::Text(text) | Value::Number(text) => Some(text),
        Value::Bool(yes) => {
            let help = format!("put it in quotes: `\"{yes}\"`");
            mistakes.push(unexpected(node, "text").help(help));
            None
        }
        _ => refuse(node, "text", mistakes),
    }
}

/// Reads a text and lets `parse` judge it.
pub(super) fn word<T>(
    node: &Node,
    mistakes: &mut Vec<Mistake>,
    parse: impl FnOnce(&str) -> Result<T, Refusal>,
) -> Option<T> {
    match parse(text(node, mistakes)?) {
        Ok(word) => Some(word),
        Err(Refusal { message, expected, help }) => {
            mistakes.push(Mistake::at(&node.place, message, expected).help(help));
            None
        }
    }
}

pub(super) fn unexpected(node: &Node, expected: &str) -> Mistake {
    let found = match node.value {
        Value::Empty | Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::Text(_) => "text",
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
    };
    let mistake = Mistake::at(&node.place, format!("expected {expected}, found {found}"), expected);
    match node.value {
        Value::Empty if is_swallowed(node) => {
            mistake.help("`#` begins a comment: put the value in quotes".to_owned())
        }
        Value::Empty => mistake.help("write a value, or delete the line".to_owned()),
        _ => mistake,
    }
}

/// `accent: #3366cc` is an accent and a comment.
fn is_swallowed(node: &Node) -> bool {
    let rest = node.place.source.text[node.place.range.end..].lines().next().unwrap_or_default();
    rest.split_once('#').is_some_and(|(_, comment)| comment.starts_with(|c: char| c.is_ascii_hexdigit()))
}

pub(super) fn refuse<T>(node: &Node, expected: &str, mistakes: &mut Vec<Mistake>) -> Option<T> {
    mistakes.push(unexpected(node, expected));
    None
}
