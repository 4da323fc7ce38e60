//! `qna.yml`: questions, each with its answer.

use std::collections::HashMap;

use super::near::nearest;
use super::tree::{self, Node, Value};
use super::{error, warning};
use crate::Mistake;

const SHAPE: &str = "write `faqs:`, and under it a list of `question:` and `answer:`";

pub(super) fn look(file: &str, text: &str) -> Vec<Mistake> {
    let root = match tree::yaml(file, text) {
        Ok(root) => root,
        Err(mistakes) => return mistakes,
    };
    let faqs = root.get("faqs");
    match (&root.value, faqs.map(|faqs| &faqs.value)) {
        (_, Some(Value::List(faqs))) => entries(file, faqs),
        (Value::List(faqs), _) => {
            let what = "the list stands alone, so the twin reads it as plain text";
            let mut mistakes = vec![warning(file, Some(root.line), what, "write `faqs:` in a line above it")];
            mistakes.extend(entries(file, faqs));
            mistakes
        }
        _ => vec![shape(file, &root)],
    }
}

fn shape(file: &str, root: &Node) -> Mistake {
    if let Some(faqs) = root.get("faqs") {
        return error(file, Some(faqs.line), "`faqs` is not a list", SHAPE);
    }
    let near =
        root.entries().iter().find_map(|(key, node)| Some((nearest(key, ["faqs", "faq"])?, key, node.line)));
    match near {
        Some((_, key, line)) => error(
            file,
            Some(line),
            "there is no list of `faqs`",
            format!("did you mean `faqs` where it says `{key}`?"),
        ),
        None => error(file, Some(root.line), "there is no list of `faqs`", SHAPE),
    }
}

fn entries(file: &str, faqs: &[Node]) -> Vec<Mistake> {
    let mut mistakes: Vec<Mistake> = faqs.iter().flat_map(|faq| entry(file, faq)).collect();
    mistakes.extend(twice(file, faqs, "id"));
    mistakes.extend(twice(file, faqs, "question"));
    mistakes
}

fn entry(file: &str, faq: &Node) -> Vec<Mistake> {
    if !matches!(faq.value, Value::Map(_)) {
        return vec![error(file, Some(faq.line), "this is no question with its answer", SHAPE)];
    }
    let missing = ["question", "answer"].into_iter().filter_map(|key| {
        let (line, what) = match faq.get(key) {
            None => (faq.line, format!("there is no `{key}`")),
            Some(value) if value.text().is_none() => (value.line, format!("`{key}` says nothing")),
            Some(_) => return None,
        };
        let others = faq.entries().iter().map(|(other, _)| other.as_str());
        let meant = others
            .into_iter()
            .find(|other| *other != key && (nearest(other, [key]).is_some() || key.starts_with(*other)));
        let hint = meant.map_or_else(
            || format!("write `{key}:` and a text"),
            |meant| format!("did you mean `{key}` where it says `{meant}`?"),
        );
        Some(error(file, Some(line), what, hint))
    });
    missing.collect()
}

fn twice(file: &str, faqs: &[Node], key: &str) -> Vec<Mistake> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let values = faqs.iter().filter_map(|faq| faq.get(key));
    let again = values.filter_map(|node| {
        let Value::Scalar { text, .. } = &node.value else { return None };
        let first = *seen.entry(text.trim().to_lowercase()).or_insert(node.line);
        let what = format!("this `{key}` stands in line {first} already");
        (first != node.line).then(|| warning(file, Some(node.line), what, "remove one of the two"))
    });
    again.collect()
}
