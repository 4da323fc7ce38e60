//! Checks `facts.json`: an object with at least a name.

use super::spelling::nearest;
use super::tree::{self, Value};
use crate::finding::Finding;

const NAMES: [&str; 2] = ["full_name", "name"];
const HINT: &str = "add `\"full_name\": \"…\"` with your name";

pub(super) fn check(file: &str, text: &str) -> Vec<Finding> {
    let facts = match tree::json(file, text) {
        Ok(facts) => facts,
        Err(findings) => return findings,
    };
    if !matches!(facts.value, Value::Map(_)) {
        return vec![Finding::error(
            file,
            Some(facts.line),
            "this is not an object",
            "put all facts between `{` and `}`",
        )];
    }
    let names: Vec<_> = NAMES.iter().filter_map(|key| Some((key, facts.get(key)?))).collect();
    if names.iter().any(|(_, name)| name.string().is_some()) {
        return Vec::new();
    }
    if let Some((key, name)) = names.first() {
        return vec![Finding::error(
            file,
            Some(name.line),
            format!("`{key}` must be a string that is not empty"),
            HINT,
        )];
    }
    let near = facts.entries().iter().find_map(|(key, node)| Some((nearest(key, NAMES)?, key, node.line)));
    vec![match near {
        Some((meant, key, line)) => {
            let what = "`full_name` or `name` is missing";
            Finding::error(file, Some(line), what, format!("did you mean `{meant}` instead of `{key}`?"))
        }
        None => Finding::error(file, None, "`full_name` or `name` is missing", HINT),
    }]
}
