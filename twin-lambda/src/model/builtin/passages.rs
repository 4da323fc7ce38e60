//! Splits the data files into passages that can be quoted.

use serde_json::Value;

use crate::persona::{File, Persona, title};

/// The length in bytes above which a paragraph is split between sentences.
const MAX_LENGTH: usize = 500;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Passage {
    pub(super) source: &'static str,
    /// Additional words by which the passage is found, such as a question or the key of a fact.
    pub(super) keywords: String,
    pub(super) text: String,
}

pub(super) fn split(persona: &Persona) -> Vec<Passage> {
    let mut passages: Vec<Passage> = persona
        .qna()
        .iter()
        .map(|qna| Passage {
            source: title(File::Qna),
            keywords: qna.question.clone(),
            text: qna.answer.trim().to_owned(),
        })
        .collect();
    if let Value::Object(facts) = persona.facts() {
        for (key, value) in facts {
            add_fact(&key.replace('_', " "), value, &mut passages);
        }
    }
    for (file, text) in persona.knowledge() {
        let is_parsed = match file {
            File::Facts => persona.facts().is_object(),
            File::Qna => !persona.qna().is_empty(),
            _ => false,
        };
        if !is_parsed {
            add_prose(file, text, &mut passages);
        }
    }
    passages
}

/// Adds a passage for a fact. Nested objects become one passage for each member, and lists of plain values a single one.
fn add_fact(key: &str, value: &Value, passages: &mut Vec<Passage>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                add_fact(&format!("{key}, {}", name.replace('_', " ")), value, passages);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for item in items {
                passages.push(fact(key, &one_line(item)));
            }
        }
        Value::Null => {}
        value => passages.push(fact(key, &one_line(value))),
    }
}

fn fact(key: &str, text: &str) -> Passage {
    Passage { source: title(File::Facts), keywords: key.to_owned(), text: format!("{key}: {text}") }
}

fn one_line(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(one_line).collect::<Vec<_>>().join(", "),
        Value::Object(members) => members.values().map(one_line).collect::<Vec<_>>().join(", "),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn add_prose(file: File, text: &str, passages: &mut Vec<Passage>) {
    let mut heading = String::new();
    for paragraph in text.replace("\r\n", "\n").split("\n\n").map(str::trim).filter(|text| !text.is_empty()) {
        let (first, rest) = paragraph.split_once('\n').unwrap_or((paragraph, ""));
        let is_heading = first.starts_with('#') || (rest.is_empty() && is_short_label(first));
        let body = if is_heading {
            first.trim_matches(['#', ' ', ':']).clone_into(&mut heading);
            rest.trim()
        } else {
            paragraph
        };
        for part in split_sentences(body) {
            passages.push(Passage { source: title(file), keywords: heading.clone(), text: part });
        }
    }
}

fn is_short_label(line: &str) -> bool {
    line.len() < 40 && !line.ends_with(['.', '!', '?', ','])
}

/// Splits a long paragraph into parts of whole sentences.
fn split_sentences(paragraph: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for sentence in paragraph.split_inclusive(['.', '!', '?', '\n']) {
        match parts.last_mut() {
            Some(last) if last.len() + sentence.len() <= MAX_LENGTH => last.push_str(sentence),
            _ => parts.push(sentence.to_owned()),
        }
    }
    parts.into_iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}
