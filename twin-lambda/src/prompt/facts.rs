//! Renders facts of any structure as indented text. Owners choose the keys.

use serde_json::Value;

pub(super) fn render(facts: &Value) -> String {
    let mut out = String::new();
    write(facts, 0, &mut out);
    out.trim_end().to_owned()
}

fn write(value: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                write_item(&format!("{indent}- {}:", key.replace('_', " ")), value, depth, out);
            }
        }
        Value::Array(items) => {
            for value in items {
                write_item(&format!("{indent}-"), value, depth, out);
            }
        }
        scalar => push_line(&[&indent, &scalar_text(scalar)], out),
    }
}

fn write_item(start: &str, value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Null => {}
        Value::Object(_) | Value::Array(_) => {
            push_line(&[start], out);
            write(value, depth + 1, out);
        }
        scalar => push_line(&[start, " ", &scalar_text(scalar)], out),
    }
}

fn push_line(parts: &[&str], out: &mut String) {
    out.extend(parts.iter().copied());
    out.push('\n');
}

fn scalar_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}
