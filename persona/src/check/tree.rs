//! JSON and YAML, parsed into a tree with line numbers.

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle};

use crate::finding::Finding;

#[derive(Debug)]
pub(super) struct Node {
    /// The line, from 1.
    pub(super) line: usize,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    /// Anything but a mapping or a list.
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

    /// Returns the text of a scalar, unless it is empty or null. In YAML, this includes `42` and `true`.
    pub(super) fn text(&self) -> Option<&str> {
        let Value::Scalar { text, is_quoted } = &self.value else { return None };
        let is_nothing = !is_quoted && ["~", "null"].contains(&text.as_str()) || text.trim().is_empty();
        (!is_nothing).then_some(text)
    }

    /// Returns the text of a quoted scalar, unless it is empty.
    pub(super) fn string(&self) -> Option<&str> {
        let is_quoted = matches!(self.value, Value::Scalar { is_quoted: true, .. });
        self.text().filter(|_| is_quoted)
    }
}

pub(super) fn json(file: &str, text: &str) -> Result<Node, Vec<Finding>> {
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        let what = format!("invalid JSON: {message}");
        return Err(vec![Finding::error(file, Some(error.line()), what, json_hint(message))]);
    }
    tree(file, text)
}

fn json_hint(message: &str) -> &'static str {
    match message {
        "trailing comma" => "remove the comma before the closing bracket",
        "key must be a string" => "put the key in double quotes, or remove a comma before `}`",
        _ if message.starts_with("expected `,`") => "put a comma at the end of the line before",
        _ if message.starts_with("control character") => "write a line break inside a string as `\\n`",
        _ if message.starts_with("EOF") => "a bracket or a quotation mark is not closed",
        _ => "check the quotation marks and commas in this line and the one before",
    }
}

pub(super) fn yaml(file: &str, text: &str) -> Result<Node, Vec<Finding>> {
    tree(file, text)
}

/// Parses a text. Duplicate keys are errors, because one of the two would be lost.
fn tree(file: &str, text: &str) -> Result<Node, Vec<Finding>> {
    let mut builder = Builder { file, open: Vec::new(), root: None, errors: Vec::new() };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => builder.step(event, span.start.line()),
            Err(error) => {
                let line = error.marker().line();
                let what = format!("invalid YAML: {}", error.info());
                builder.errors.push(Finding::error(file, Some(line), what, yaml_hint(text, line)));
                return Err(builder.errors);
            }
        }
    }
    let nothing = Node { line: 1, value: Value::Scalar { text: String::new(), is_quoted: false } };
    if builder.errors.is_empty() { Ok(builder.root.unwrap_or(nothing)) } else { Err(builder.errors) }
}

fn yaml_hint(text: &str, line: usize) -> &'static str {
    let written = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    if written.starts_with([' ', '\t']) && written.trim_start_matches(' ').starts_with('\t') {
        "indent with spaces, not with tabs"
    } else if written.matches(": ").count() > 1 || written.trim_end().ends_with(':') {
        "put the text after the first colon in quotation marks"
    } else {
        "check the indentation and the quotation marks in this line and the one before"
    }
}

struct Builder<'a> {
    file: &'a str,
    /// The mappings and lists that are not closed yet, each with the key whose value comes next.
    open: Vec<(Node, Option<(String, usize)>)>,
    root: Option<Node>,
    errors: Vec<Finding>,
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
            // Findings about a value refer to the line of its key.
            (Value::Map(entries), Some((name, line))) => entries.push((name, Node { line, ..node })),
            (Value::Map(entries), None) => {
                let name = if let Value::Scalar { text, .. } = node.value { text } else { String::new() };
                if entries.iter().any(|(other, _)| *other == name) && name != "<<" {
                    let what = format!("duplicate key `{name}`: only one of the two would be read");
                    self.errors.push(Finding::error(
                        self.file,
                        Some(node.line),
                        what,
                        "merge them, or rename one",
                    ));
                }
                *key = Some((name, node.line));
            }
            (Value::Scalar { .. }, _) => {}
        }
    }
}
