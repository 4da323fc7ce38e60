//! Adds an answer to the text of `qna.yml` and leaves the rest of the text unchanged.

use serde_json::{Value, json};

use super::quoted::quoted;

/// Why an answer was not added.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QnaError {
    #[error("the file is not valid YAML: {0}")]
    NotYaml(String),
    #[error("twinctl cannot add to a file of this form")]
    OtherForm {
        /// The lines to add manually.
        lines: String,
    },
}

/// A question and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Faq<'a> {
    pub(super) id: &'a str,
    pub(super) question: &'a str,
    pub(super) answer: &'a str,
}

impl Faq<'_> {
    fn lines(&self, indent: usize) -> String {
        let Self { id, question, answer } = self;
        let (dash, below) = (" ".repeat(indent), " ".repeat(indent + 2));
        let (question, answer) = (quoted(question), quoted(answer));
        format!("{dash}- id: {id}\n{below}question: {question}\n{below}answer: {answer}\n")
    }
}

/// Returns the answer to a question, if the text has one.
pub(super) fn answer_to(text: &str, question: &str) -> Result<Option<String>, QnaError> {
    let faqs = parse(text)?["faqs"].take();
    let same = faqs.as_array().into_iter().flatten().find(|faq| faq["question"].as_str() == Some(question));
    Ok(same.map(|faq| faq["answer"].as_str().unwrap_or_default().trim().to_owned()))
}

/// Returns the text with the answer added at the end of the list. The result is parsed to verify that nothing else has
/// changed.
pub(super) fn with_answer(text: &str, faq: &Faq<'_>) -> Result<String, QnaError> {
    let before = parse(text)?;
    let added = insert(text, faq);
    let expected = expected(before, faq);
    added
        .filter(|added| expected.is_some() && parse(added).ok() == expected)
        .ok_or_else(|| QnaError::OtherForm { lines: format!("faqs:\n{}", faq.lines(2)) })
}

fn parse(text: &str) -> Result<Value, QnaError> {
    if text.lines().all(is_empty) {
        return Ok(json!({}));
    }
    serde_saphyr::from_str(text).map_err(|error| {
        let message = error.to_string();
        QnaError::NotYaml(message.lines().next().unwrap_or_default().to_owned())
    })
}

/// Returns the value that the changed file must have.
fn expected(mut before: Value, faq: &Faq<'_>) -> Option<Value> {
    let faqs = before.as_object_mut()?.entry("faqs").or_insert(Value::Null);
    if faqs.is_null() {
        *faqs = json!([]);
    }
    faqs.as_array_mut()?.push(json!({ "id": faq.id, "question": faq.question, "answer": faq.answer }));
    Some(before)
}

fn insert(text: &str, faq: &Faq<'_>) -> Option<String> {
    let line_ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let lines: Vec<&str> = text.lines().collect();
    let mut out: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    let (at, new) = match lines.iter().position(|line| line.starts_with("faqs")) {
        None => (out.len(), format!("faqs:\n{}", faq.lines(2))),
        Some(head) => {
            let rest = value_of(lines[head])?;
            if !matches!(rest, "" | "[]" | "~" | "null") {
                return None;
            }
            let bare = lines[head].replacen(rest, "", usize::from(!rest.is_empty()));
            bare.trim_end().clone_into(&mut out[head]);
            let (end, indent) = items(&lines, head);
            (end, faq.lines(indent))
        }
    };
    out.splice(at..at, new.lines().map(ToOwned::to_owned));
    Some(out.join(line_ending) + line_ending)
}

/// Returns the value after `faqs:`, without a comment.
fn value_of(head: &str) -> Option<&str> {
    let rest = head.strip_prefix("faqs")?.trim_start().strip_prefix(':')?;
    let value = rest.split_once(" #").map_or(rest, |(value, _)| value);
    Some(value.trim())
}

/// Returns the number of the line after the list, and the indentation of its dashes.
fn items(lines: &[&str], head: usize) -> (usize, usize) {
    let (mut end, mut indent) = (head + 1, None);
    for (at, line) in lines.iter().enumerate().skip(head + 1) {
        let depth = line.len() - line.trim_start_matches(' ').len();
        let in_list = match indent {
            _ if line.trim().is_empty() => continue,
            // A comment with the indentation of the list may be about what follows.
            Some(dashes) if depth == dashes && line.trim_start().starts_with('#') => continue,
            None if is_empty(line) => continue,
            None => line.trim_start().starts_with('-') && !line.starts_with("---"),
            Some(dashes) => depth > dashes || (depth == dashes && line.trim_start().starts_with("- ")),
        };
        if !in_list {
            break;
        }
        indent.get_or_insert(depth);
        end = at + 1;
    }
    (end, indent.unwrap_or(2))
}

fn is_empty(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

#[cfg(test)]
mod tests;
