//! Facts of any shape as indented text: every key is the owner's to choose.

use serde_json::Value;

pub fn as_text(facts: &Value) -> String {
    let mut out = String::new();
    write(facts, 0, &mut out);
    out.trim_end().to_owned()
}

fn write(value: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                item(&format!("{indent}- {}:", key.replace('_', " ")), value, depth, out);
            }
        }
        Value::Array(items) => {
            for value in items {
                item(&format!("{indent}-"), value, depth, out);
            }
        }
        scalar => line(&[&indent, &plain(scalar)], out),
    }
}

fn item(start: &str, value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Null => {}
        Value::Object(_) | Value::Array(_) => {
            line(&[start], out);
            write(value, depth + 1, out);
        }
        scalar => line(&[start, " ", &plain(scalar)], out),
    }
}

fn line(parts: &[&str], out: &mut String) {
    out.extend(parts.iter().copied());
    out.push('\n');
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}
