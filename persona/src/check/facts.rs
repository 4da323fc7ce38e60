//! `facts.json`: an object that says at least whose facts they are.

use super::error;
use super::near::nearest;
use super::tree::{self, Value};
use crate::Mistake;

const NAMES: [&str; 2] = ["full_name", "name"];
const HINT: &str = "write `\"full_name\": \"…\"` with the name that the twin speaks for";

pub(super) fn look(file: &str, text: &str) -> Vec<Mistake> {
    let facts = match tree::json(file, text) {
        Ok(facts) => facts,
        Err(mistakes) => return mistakes,
    };
    if !matches!(facts.value, Value::Map(_)) {
        return vec![error(
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
        return vec![error(file, Some(name.line), format!("`{key}` is not a name"), HINT)];
    }
    let near = facts.entries().iter().find_map(|(key, node)| Some((nearest(key, NAMES)?, key, node.line)));
    vec![match near {
        Some((meant, key, line)) => {
            let what = "there is neither `full_name` nor `name`";
            error(file, Some(line), what, format!("did you mean `{meant}` where it says `{key}`?"))
        }
        None => error(file, None, "there is neither `full_name` nor `name`", HINT),
    }]
}
