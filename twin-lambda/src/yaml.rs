//! YAML files of the persona as JSON values.
//!
//! Scalars stay as the owner wrote them: `1.10` is the text `1.10` and not a number. Only `true`, `false` and null have
//! a meaning of their own. Deserializing with serde would add a parser for each type, which is a lot of the binary.

use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// The deepest nesting. Reading a value recurses.
const MAX_DEPTH: usize = 64;
/// The most values that a file contains after its aliases are replaced.
const MAX_VALUES: usize = 100_000;

/// Parses a text with one document. Returns `None` for a text that is not YAML, has duplicate keys or is too large.
pub fn parse(text: &str) -> Option<Value> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        builder.step(event.ok()?.0)?;
    }
    Some(builder.root.unwrap_or_default())
}

/// A mapping or a list that is not closed yet.
struct Open {
    value: Value,
    /// The key whose value comes next.
    key: Option<String>,
    anchor: usize,
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Value>,
    /// The values with an anchor, by its number.
    anchors: HashMap<usize, Value>,
    values: usize,
}

impl Builder {
    fn step(&mut self, event: Event<'_>) -> Option<()> {
        match event {
            Event::DocumentStart(..) if self.root.is_some() => None,
            Event::MappingStart(_, anchor, _) => self.begin(Value::Object(Map::new()), anchor),
            Event::SequenceStart(_, anchor, _) => self.begin(Value::Array(Vec::new()), anchor),
            Event::MappingEnd | Event::SequenceEnd => {
                let Open { mut value, anchor, .. } = self.open.pop()?;
                if let Value::Object(members) = &mut value {
                    merge(members);
                }
                self.put(value, anchor)
            }
            Event::Scalar(text, style, anchor, _) => {
                self.put(scalar(text.into_owned(), style == ScalarStyle::Plain), anchor)
            }
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor)?;
                self.values += count(value);
                (self.values <= MAX_VALUES).then_some(())?;
                let value = value.clone();
                self.put(value, 0)
            }
            _ => Some(()),
        }
    }

    fn begin(&mut self, value: Value, anchor: usize) -> Option<()> {
        self.open.push(Open { value, key: None, anchor });
        (self.open.len() <= MAX_DEPTH).then_some(())
    }

    /// Adds a value to the mapping or list that is open.
    fn put(&mut self, value: Value, anchor: usize) -> Option<()> {
        self.values += 1;
        if anchor != 0 {
            self.anchors.insert(anchor, value.clone());
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(value);
            return Some(());
        };
        match (&mut parent.value, parent.key.take()) {
            (Value::Object(members), Some(key)) => {
                if members.insert(key, value).is_some() {
                    return None;
                }
            }
            (Value::Object(_), None) => parent.key = Some(name(value)?),
            (Value::Array(items), _) => items.push(value),
            _ => return None,
        }
        (self.values <= MAX_VALUES).then_some(())
    }
}

fn scalar(text: String, is_plain: bool) -> Value {
    match text.as_str() {
        "" | "~" | "null" | "Null" | "NULL" if is_plain => Value::Null,
        "true" | "True" | "TRUE" if is_plain => Value::Bool(true),
        "false" | "False" | "FALSE" if is_plain => Value::Bool(false),
        _ => Value::String(text),
    }
}

/// Returns the text of a key.
fn name(key: Value) -> Option<String> {
    match key {
        Value::String(text) => Some(text),
        Value::Bool(is_true) => Some(is_true.to_string()),
        Value::Null => Some(String::new()),
        _ => None,
    }
}

/// Replaces the key `<<` with the members of its mapping, or of each mapping in its list. Members that already exist
/// are not replaced.
fn merge(members: &mut Map<String, Value>) {
    let bases = match members.remove("<<") {
        Some(Value::Array(bases)) => bases,
        base => base.into_iter().collect(),
    };
    for base in bases {
        if let Value::Object(base) = base {
            for (key, value) in base {
                members.entry(key).or_insert(value);
            }
        }
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn scalars_stay_as_they_are_written() {
        let text =
            "since: 2019\nversion: 1.10\nphone: 0123\nok: true\nquoted: 'true'\nnone: ~\nempty:\nno: no\n";
        let expected = json!({
            "since": "2019", "version": "1.10", "phone": "0123", "ok": true, "quoted": "true", "none": null,
            "empty": null, "no": "no",
        });
        assert_eq!(parse(text), Some(expected));
        assert_eq!(parse("# nothing\n"), Some(Value::Null));
        assert_eq!(parse("just a sentence"), Some(json!("just a sentence")));
    }

    #[test]
    fn lists_mappings_and_blocks_are_read() {
        let text = "- a: |\n    two\n    lines\n  2020: [x, {y: z}]\n- 'it''s'\n";
        assert_eq!(parse(text), Some(json!([{ "a": "two\nlines\n", "2020": ["x", { "y": "z" }] }, "it's"])));
    }

    #[test]
    fn aliases_and_merged_mappings_are_replaced() {
        let text =
            "base: &b {city: Bern, team: 4}\none:\n  <<: *b\n  team: 5\ntwo: *b\nthree: {<<: [*b, {x: y}]}\n";
        let expected = json!({
            "base": { "city": "Bern", "team": "4" }, "one": { "city": "Bern", "team": "5" },
            "two": { "city": "Bern", "team": "4" }, "three": { "city": "Bern", "team": "4", "x": "y" },
        });
        assert_eq!(parse(text), Some(expected));
    }

    #[test]
    fn ambiguous_yaml_is_refused() {
        for text in ["a: b: c", "a: 1\na: 2", "a: [", "[a]: b", "a\n---\nb", "a: *unknown"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn deep_and_growing_files_are_refused() {
        assert_eq!(parse(&"[".repeat(100_000)), None);
        assert_eq!(parse(&format!("{}{}", "[".repeat(100), "]".repeat(100))), None);
        let lists = (1..12).map(|level| {
            let below = format!("*a{}", level - 1);
            format!("a{level}: &a{level} [{}]\n", vec![below; 10].join(", "))
        });
        assert_eq!(parse(&format!("a0: &a0 [x]\n{}", lists.collect::<String>())), None);
    }
}
