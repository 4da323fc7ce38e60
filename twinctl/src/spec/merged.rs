//! An environment file with all that it inherits, as one file.

use std::fmt::Write as _;
use std::path::Path;

use super::error::SpecError;
use super::files;
use super::tree::{Entry, Node, Value};

/// Fields that belong to the file and not to its settings.
const OF_FILE: [&str; 2] = ["extends", "environment"];

/// Returns the settings of an environment file and of the files that it extends, without the name of the environment.
pub(crate) fn merged(dir: &Path, name: &str) -> Result<String, SpecError> {
    let mut text = String::new();
    if let Value::Map(entries) = files::read(&dir.join(format!("{name}.yaml")))?.value {
        let settings = entries.iter().filter(|entry| !OF_FILE.contains(&entry.key.as_str()));
        write_entries(settings, 0, &mut text);
    }
    Ok(text)
}

fn write_entries<'e>(entries: impl Iterator<Item = &'e Entry>, depth: usize, text: &mut String) {
    for Entry { key, node, .. } in entries {
        let _ = write!(text, "{}{}:", "  ".repeat(depth), scalar(key));
        match &node.value {
            Value::Map(inner) if !inner.is_empty() => {
                text.push('\n');
                write_entries(inner.iter(), depth + 1, text);
            }
            value => {
                let _ = writeln!(text, " {}", inline(value));
            }
        }
    }
}

/// Returns a value as it can be written on one line.
fn inline(value: &Value) -> String {
    let all = |values: Vec<String>| values.join(", ");
    match value {
        Value::Empty | Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(text) => text.clone(),
        Value::Text(text) => scalar(text),
        Value::List(nodes) => {
            format!("[{}]", all(nodes.iter().map(|Node { value, .. }| inline(value)).collect()))
        }
        Value::Map(entries) => {
            let entry = |entry: &Entry| format!("{}: {}", scalar(&entry.key), inline(&entry.node.value));
            format!("{{{}}}", all(entries.iter().map(entry).collect()))
        }
    }
}

/// Returns a text without quotes if it is a word that means nothing else in YAML, and otherwise as in JSON, which is YAML too.
fn scalar(text: &str) -> String {
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'))
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(&text.to_lowercase().as_str());
    if is_word { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::spec::{Overrides, load};

    #[test]
    fn a_merged_file_describes_the_same_environment() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write(
            "base.yaml",
            "project: twin\naccount: 012345678901\nweb: {title: \"Ada: \\\"it's me\\\"\", accent: \"#3366cc\"}\n",
        );
        let settings = "environment: dev\nextends: base.yaml\nregion: eu-west-1\nweb:\n  title: null\n  links: {Blog: \"https://a.example\"}\n\
                        domain: chat.ada.example\napi: {throttle: {rate: 5}, cors_origins: [\"https://b.example\"]}\ntags:\n  cost center: \"no\"\n";
        write("dev.yaml", settings);
        let merged = merged(folder.path(), "dev").unwrap();
        let before = load(folder.path(), "dev", &Overrides::default()).unwrap();
        fs::remove_file(folder.path().join("base.yaml")).unwrap();
        write("dev.yaml", &format!("environment: dev\n{merged}"));
        assert_eq!(load(folder.path(), "dev", &Overrides::default()).unwrap(), before, "{merged}");
        insta::assert_snapshot!(merged);
    }
}
