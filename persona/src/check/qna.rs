//! Checks `qna.yml`: questions with answers.

use std::collections::HashMap;

use super::spelling::nearest;
use super::tree::{self, Node, Value};
use crate::finding::Finding;

const SHAPE: &str = "write `faqs:`, and below it a list of entries with `question:` and `answer:`";

pub(super) fn check(file: &str, text: &str) -> Vec<Finding> {
    let root = match tree::yaml(file, text) {
        Ok(root) => root,
        Err(findings) => return findings,
    };
    let faqs = root.get("faqs");
    match (&root.value, faqs.map(|faqs| &faqs.value)) {
        (_, Some(Value::List(faqs))) => entries(file, faqs),
        (Value::List(faqs), _) => {
            let what = "the list is not below `faqs:`, so the twin reads it as plain text";
            let mut findings =
                vec![Finding::warning(file, Some(root.line), what, "add a line `faqs:` above it")];
            findings.extend(entries(file, faqs));
            findings
        }
        _ => vec![no_list(file, &root)],
    }
}

fn no_list(file: &str, root: &Node) -> Finding {
    if let Some(faqs) = root.get("faqs") {
        return Finding::error(file, Some(faqs.line), "`faqs` is not a list", SHAPE);
    }
    let near =
        root.entries().iter().find_map(|(key, node)| Some((nearest(key, ["faqs", "faq"])?, key, node.line)));
    match near {
        Some((_, key, line)) => Finding::error(
            file,
            Some(line),
            "there is no `faqs` list",
            format!("did you mean `faqs` instead of `{key}`?"),
        ),
        None => Finding::error(file, Some(root.line), "there is no `faqs` list", SHAPE),
    }
}

fn entries(file: &str, faqs: &[Node]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = faqs.iter().flat_map(|faq| entry(file, faq)).collect();
    findings.extend(duplicates(file, faqs, "id"));
    findings.extend(duplicates(file, faqs, "question"));
    findings
}

fn entry(file: &str, faq: &Node) -> Vec<Finding> {
    if !matches!(faq.value, Value::Map(_)) {
        return vec![Finding::error(file, Some(faq.line), "this is not a question with an answer", SHAPE)];
    }
    let missing = ["question", "answer"].into_iter().filter_map(|key| {
        let (line, what) = match faq.get(key) {
            None => (faq.line, format!("`{key}` is missing")),
            Some(value) if value.text().is_none() => (value.line, format!("`{key}` is empty")),
            Some(_) => return None,
        };
        let others = faq.entries().iter().map(|(other, _)| other.as_str());
        let meant = others
            .into_iter()
            .find(|other| *other != key && (nearest(other, [key]).is_some() || key.starts_with(*other)));
        let hint = meant.map_or_else(
            || format!("add `{key}:` and a text"),
            |meant| format!("did you mean `{key}` instead of `{meant}`?"),
        );
        Some(Finding::error(file, Some(line), what, hint))
    });
    missing.collect()
}

fn duplicates(file: &str, faqs: &[Node], key: &str) -> Vec<Finding> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let values = faqs.iter().filter_map(|faq| faq.get(key));
    let duplicates = values.filter_map(|node| {
        let Value::Scalar { text, .. } = &node.value else { return None };
        let first = *seen.entry(text.trim().to_lowercase()).or_insert(node.line);
        let what = format!("duplicate `{key}`, first used in line {first}");
        (first != node.line).then(|| Finding::warning(file, Some(node.line), what, "remove one of the two"))
    });
    duplicates.collect()
}
