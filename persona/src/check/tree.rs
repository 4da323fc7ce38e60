//! JSON and YAML as a tree whose parts know their lines.

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle};

use super::error;
use crate::Mistake;

#[derive(Debug)]
pub(super) struct Node {
    /// From 1.
    pub(super) line: usize,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    /// A string, and whatever else is neither a mapping nor a list.
    Scalar {
        text: String,
        is_quoted: bool,
    },
    Map(Vec<(String, Node)>),
    List(Vec<Node>),
}

impl Node {
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| name == key).map(|(_, node)| node)
    }

    pub(super) fn entries(&self) -> &[(String, Self)] {
        if let Value::Map(entries) = &self.value { entries } else { &[] }
    }

    /// What is written, if it says something. In YAML `42` and `true` are texts where one is asked for.
    pub(super) fn text(&self) -> Option<&str> {
        let Value::Scalar { text, is_quoted } = &self.value else { return None };
        let is_nothing = !is_quoted && ["~", "null"].contains(&text.as_str()) || text.trim().is_empty();
        (!is_nothing).then_some(text)
    }

    /// A text in quotation marks.
    pub(super) fn string(&self) -> Option<&str> {
        let is_quoted = matches!(self.value, Value::Scalar { is_quoted: true, .. });
        self.text().filter(|_| is_quoted)
    }
}

pub(super) fn json(file: &str, text: &str) -> Result<Node, Vec<Mistake>> {
    if let Err(wrong) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        let said = wrong.to_string();
        let said = said.split(" at line ").next().unwrap_or_default();
        return Err(vec![error(
            file,
            Some(wrong.line()),
            format!("this is not JSON: {said}"),
            json_hint(said),
        )]);
    }
    tree(file, text)
}

fn json_hint(said: &str) -> &'static str {
    match said {
        "trailing comma" => "remove the comma before the closing bracket",
        "key must be a string" => "put the key in double quotes, or remove a comma before `}`",
        _ if said.starts_with("expected `,`") => "put a comma at the end of the line before",
        _ if said.starts_with("control character") => "write a new line inside a text as `\\n`",
        _ if said.starts_with("EOF") => "a bracket or a quotation mark is not closed",
        _ => "look at the quotation marks and commas of this line and the one before",
    }
}

pub(super) fn yaml(file: &str, text: &str) -> Result<Node, Vec<Mistake>> {
    tree(file, text)
}

/// Keys that come twice are mistakes too: one of the two would be lost.
fn tree(file: &str, text: &str) -> Result<Node, Vec<Mistake>> {
    let mut builder = Builder { file, open: Vec::new(), root: None, twice: Vec::new() };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => builder.step(event, span.start.line()),
            Err(wrong) => {
                let line = wrong.marker().line();
                let what = format!("this is not YAML: {}", wrong.info());
                builder.twice.push(error(file, Some(line), what, yaml_hint(text, line)));
                return Err(builder.twice);
            }
        }
    }
    let nothing = Node { line: 1, value: Value::Scalar { text: String::new(), is_quoted: false } };
    if builder.twice.is_empty() { Ok(builder.root.unwrap_or(nothing)) } else { Err(builder.twice) }
}

fn yaml_hint(text: &str, line: usize) -> &'static str {
    let written = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    if written.starts_with([' ', '\t']) && written.trim_start_matches(' ').starts_with('\t') {
        "indent with spaces, not with tabs"
    } else if written.matches(": ").count() > 1 || written.trim_end().ends_with(':') {
        "put the text after the first colon in quotation marks"
    } else {
        "look at the indentation and the quotation marks of this line and the one before"
    }
}

struct Builder<'a> {
    file: &'a str,
    /// What has begun, with the key that waits for its value.
    open: Vec<(Node, Option<(String, usize)>)>,
    root: Option<Node>,
    twice: Vec<Mistake>,
}

impl Builder<'_> {
    fn step(&mut self, event: Event<'_>, line: usize) {
        match event {
            Event::MappingStart(..) => self.open.push((Node { line, value: Value::Map(Vec::new()) }, None)),
            Event::SequenceStart(..) => self.open.push((Node { line, value: Value::List(Vec::new()) }, None)),
            Event::MappingEnd | Event::SequenceEnd => {
                if let Some((node, _)) = self.open.pop() {
                    self.put(node);
                }
            }
            Event::Scalar(text, style, ..) => {
                let is_quoted = style != ScalarStyle::Plain;
                self.put(Node { line, value: Value::Scalar { text: text.into_owned(), is_quoted } });
            }
            Event::Alias(_) => {
                self.put(Node {
                    line,
                    value: Value::Scalar { text: "as above".to_owned(), is_quoted: true },
                });
            }
            _ => {}
        }
    }

    fn put(&mut self, node: Node) {
        let Some((parent, key)) = self.open.last_mut() else {
            self.root = self.root.take().or(Some(node));
            return;
        };
        match (&mut parent.value, key.take()) {
            (Value::List(items), _) => items.push(node),
            // A value is looked for where its key is.
            (Value::Map(entries), Some((name, line))) => entries.push((name, Node { line, ..node })),
            (Value::Map(entries), None) => {
                let name = if let Value::Scalar { text, .. } = node.value { text } else { String::new() };
                if entries.iter().any(|(other, _)| *other == name) && name != "<<" {
                    let what =
                        format!("`{name}` is here a second time, and only one of the two would be read");
                    self.twice.push(error(
                        self.file,
                        Some(node.line),
                        what,
                        "put both into one, or rename one",
                    ));
                }
                *key = Some((name, node.line));
            }
            (Value::Scalar { .. }, _) => {}
        }
    }
}
