//! Edits single values in an environment file in place, and keeps comments and order.

use std::{borrow::Cow, collections::BTreeMap};

/// The line and the value of a path.
struct Found<'t> {
    line: usize,
    /// The value as written, without a trailing comment.
    value: &'t str,
}

/// Returns the value at a path like `api.throttle.burst`, as written; `None` unless it is a single value on its line.
pub(super) fn get<'t>(text: &'t str, path: &str) -> Option<&'t str> {
    find(text, path).ok().map(|found| found.value).filter(|value| !value.is_empty())
}

/// Returns `text` with `path` set to a string or a number. Adds missing sections at the end.
pub(super) fn set(text: &str, path: &str, value: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    match find(text, path) {
        Ok(found) => lines[found.line] = with_value(&lines[found.line], found.value, &scalar(value)),
        Err(Missing { after, depth }) => insert(&mut lines, after, depth, path, &scalar(value)),
    }
    lines.join("\n") + "\n"
}

/// Returns `text` with the content of the top-level `section` replaced.
pub(super) fn replace(text: &str, section: &str, fields: &[(&str, &str)]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let body = fields.iter().map(|(key, value)| format!("  {key}: {}", scalar(value)));
    if let Ok(found) = find(text, section) {
        lines.splice(found.line + 1..end(text, found.line), body);
    } else {
        lines.extend([String::new(), format!("{section}:")]);
        lines.extend(body);
    }
    lines.join("\n") + "\n"
}

/// Returns `text` with a top-level `section` turned into comments.
pub(super) fn comment_out(text: &str, section: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if let Ok(found) = find(text, section) {
        for line in &mut lines[found.line..end(text, found.line)] {
            line.insert_str(0, "# ");
        }
    }
    lines.join("\n") + "\n"
}

/// Returns `text` with the top-level `key` that is commented out turned into a setting. Its comment keeps its column.
pub(super) fn uncomment(text: &str, key: &str) -> String {
    let setting = |line: &str| {
        let setting = line.strip_prefix("# ").filter(|rest| value_of(rest, 0, key).is_some())?;
        let (value, comment) = setting.rsplit_once(" # ").unwrap_or((setting, ""));
        Some(if comment.is_empty() { value.to_owned() } else { format!("{value}   # {comment}") })
    };
    let lines: Vec<_> = text.lines().map(|line| setting(line).unwrap_or_else(|| line.to_owned())).collect();
    lines.join("\n") + "\n"
}

/// A path that does not exist completely: the first `depth` keys exist, and the body of the last ends at `after`.
struct Missing {
    after: usize,
    depth: usize,
}

fn find<'t>(text: &'t str, path: &str) -> Result<Found<'t>, Missing> {
    let lines: Vec<&str> = text.lines().collect();
    let mut from = 0;
    let mut until = lines.len();
    let mut found = None;
    for (depth, key) in path.split('.').enumerate() {
        let at = (from..until).find_map(|line| Some((line, value_of(lines[line], depth, key)?)));
        let Some((line, value)) = at else {
            return Err(Missing { after: until, depth });
        };
        (from, until) = (line + 1, end(text, line));
        found = Some(Found { line, value });
    }
    found.ok_or(Missing { after: until, depth: 0 })
}

/// Returns the line after the body of the section that begins at `start`.
fn end(text: &str, start: usize) -> usize {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let lines: Vec<&str> = text.lines().collect();
    let own = depth(lines[start]);
    let is_inside = |line: &&&str| depth(line) > own && !line.trim().is_empty();
    start + 1 + lines[start + 1..].iter().take_while(is_inside).count()
}

fn value_of<'l>(line: &'l str, depth: usize, key: &str) -> Option<&'l str> {
    let rest = line.strip_prefix(&"  ".repeat(depth))?.strip_prefix(key)?.strip_prefix(':')?;
    if !rest.is_empty() && !rest.starts_with(' ') {
        return None;
    }
    let rest = rest.trim_start();
    Some(if rest.starts_with('#') { "" } else { rest.split(" #").next().unwrap_or(rest).trim_end() })
}

/// Replaces the value of a line. The comment keeps its column if there is room.
fn with_value(line: &str, old: &str, new: &str) -> String {
    let start = line.find(':').map_or(line.len(), |colon| colon + 2);
    let behind = line.get(start + old.len()..).unwrap_or_default();
    let (before, comment) = (line.get(..start).unwrap_or(line), behind.trim_start());
    if comment.is_empty() {
        return format!("{before}{new}");
    }
    let width = (old.len() + behind.len() - comment.len()).max(new.len() + 1);
    format!("{before}{new:width$}{comment}")
}

fn insert(lines: &mut Vec<String>, after: usize, depth: usize, path: &str, value: &str) {
    let keys: Vec<&str> = path.split('.').collect();
    let last = keys.len() - 1;
    let line = |(level, key): (usize, &&str)| {
        let indent = "  ".repeat(level);
        if level == last { format!("{indent}{key}: {value}") } else { format!("{indent}{key}:") }
    };
    let mut new: Vec<String> = keys.iter().enumerate().skip(depth).map(line).collect();
    let after = if last == 0 { behind_single_values(lines) } else { after };
    let is_of_the_top = depth == 0 && last > 0;
    if is_of_the_top && lines.last().is_some_and(|line| !line.is_empty()) {
        new.insert(0, String::new());
    }
    lines.splice(after..after, new);
}

/// Returns the line after the last top-level value, so that a new one is not added after sections.
fn behind_single_values(lines: &[String]) -> usize {
    let is_single = |line: &String| {
        let (key, value) = line.split_once(": ").unwrap_or_default();
        let is_key = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        is_key && !value.trim_start().starts_with('#') && !value.trim().is_empty()
    };
    lines.iter().rposition(is_single).map_or(lines.len(), |last| last + 1)
}

/// Quotes a value that YAML would read as another type or syntax.
fn scalar(value: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._:/-".contains(c);
    let is_word = value.starts_with(|c: char| c.is_ascii_alphabetic()) && !value.ends_with(':');
    let is_number = value.parse::<u32>().is_ok_and(|number| number.to_string() == value);
    let is_taken = ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"]
        .contains(&value.to_lowercase().as_str());
    if (is_word && value.chars().all(is_plain) && !is_taken) || is_number {
        return Cow::Borrowed(value);
    }
    Cow::Owned(serde_json::Value::from(value).to_string())
}

/// `api.throttle.burst` and its value.
pub(crate) type Settings = BTreeMap<String, String>;

/// Returns `text` with all settings applied.
pub(super) fn with_settings(text: &str, settings: &Settings) -> String {
    settings.iter().fold(text.to_owned(), |text, (path, value)| set(&text, path, value))
}

/// Returns the settings that `text` lacks or sets differently.
pub(super) fn missing_settings(text: &str, settings: &Settings) -> Settings {
    let is_missing = |(path, value): &(&String, &String)| get(text, path) != Some(value.as_str());
    settings.iter().filter(is_missing).map(|(path, value)| (path.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    const FILE: &str = "\
# Comment

project: twin             # the name
region: us-east-1

model:
  source: bedrock         # `builtin` answers
  # id: other
  id: amazon.nova-lite-v1:0

api:
  throttle:               # requests
    burst: 10             # at once
    rate: 5

# web:
#   title: x
";

    #[test]
    fn only_the_given_value_is_changed() {
        let cases = [
            ("project", "ada", "project: ada              # the name"),
            ("region", "eu-west-1", "region: eu-west-1"),
            ("model.id", "amazon.nova-pro-v1:0", "  id: amazon.nova-pro-v1:0"),
            ("api.throttle.burst", "2000", "    burst: 2000           # at once"),
            (
                "project",
                "a-name-that-is-longer-than-the-room",
                "project: a-name-that-is-longer-than-the-room # the name",
            ),
        ];
        for (path, value, line) in cases {
            let changed = set(FILE, path, value);
            let differing: Vec<_> =
                changed.lines().zip(FILE.lines()).filter(|(new, old)| new != old).collect();
            assert_eq!(differing.iter().map(|(new, _)| *new).collect::<Vec<_>>(), [line], "{path}");
            assert_eq!(get(&changed, path), Some(value));
        }
    }

    #[test]
    fn missing_values_are_added_in_their_section() {
        let changed = set(FILE, "data", "backend/data");
        let changed = set(&changed, "api.throttle.extra", "1");
        let changed = set(&changed, "lambda.timeout_s", "20");
        let changed = replace(&changed, "model", &[("source", "openai"), ("id", "3.2")]);
        insta::assert_snapshot!(changed, @r#"
        # Comment

        project: twin             # the name
        region: us-east-1
        data: backend/data

        model:
          source: openai
          id: "3.2"

        api:
          throttle:               # requests
            burst: 10             # at once
            rate: 5
            extra: 1

        # web:
        #   title: x

        lambda:
          timeout_s: 20
        "#);
    }

    #[test]
    fn a_section_can_be_turned_into_comments() {
        let changed = comment_out(FILE, "api");
        let differing = changed.lines().filter(|line| !FILE.lines().any(|old| old == *line));
        let expected = [
            "# api:",
            "#   throttle:               # requests",
            "#     burst: 10             # at once",
            "#     rate: 5",
        ];
        assert_eq!(differing.collect::<Vec<_>>(), expected);
        assert_eq!(comment_out(FILE, "memory"), FILE);
    }

    #[test]
    fn a_setting_that_is_commented_out_can_be_turned_on() {
        let text = "# a: true    # why\n# b: 1\n# Not a setting: see a\n";
        assert_eq!(uncomment(text, "a"), "a: true      # why\n# b: 1\n# Not a setting: see a\n");
        assert_eq!(uncomment(text, "b"), "# a: true    # why\nb: 1\n# Not a setting: see a\n");
    }

    #[test]
    fn missing_values_are_not_found() {
        for path in ["id", "model", "model.other", "api.throttle", "web.title", "projec"] {
            assert_eq!(get(FILE, path), None, "{path}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn yaml_reads_what_was_set(value in r"[^\p{C}]{0,20}|[a-zA-Z0-9._:/#' -]{0,12}|true|no|~|0x1|1e3|007|12") {
            for path in ["project", "model.id", "new"] {
                let written = set(FILE, path, &value);
                let mut read: Value = serde_saphyr::from_str(&written).unwrap();
                for key in path.split('.') {
                    read = read[key].take();
                }
                let number = value.parse::<u32>().ok().filter(|number| number.to_string() == value);
                prop_assert_eq!(read, number.map_or_else(|| Value::from(value.as_str()), Value::from));
            }
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in r"([a-c]|:|  |\n|#| |é){0,40}", path in r"[a-c](\.[a-c]){0,2}") {
            get(&text, &path);
            set(&text, &path, "x");
            replace(&text, "a", &[("b", "x")]);
            comment_out(&text, "a");
        }
    }
}
