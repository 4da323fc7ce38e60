//! Checks data files. Nothing is changed here.

mod encoding;
mod facts;
mod instructions;
mod keys;
mod names;
mod placeholders;
mod qna;
mod spelling;
mod templates;
mod tree;

pub(crate) mod pdf;
pub(crate) mod size;

use crate::{files::Files, finding::Finding, names as known};

/// Returns all findings about the files' names, sizes and contents.
pub(crate) fn check(files: &Files) -> Vec<Finding> {
    let mut findings = names::check(files);
    findings.extend(size::check(files));
    for (name, bytes) in files.iter().filter(|(name, _)| known::is_read(name)) {
        match encoding::text(bytes) {
            Ok(text) if text.trim().is_empty() => {
                findings.push(Finding::warning(
                    name,
                    None,
                    "the file is empty",
                    "write something into it, or remove it",
                ));
            }
            Ok(text) => findings.extend(check_text(name, text)),
            Err((line, what, hint)) => findings.push(Finding::error(name, line, what, hint)),
        }
    }
    let all = files.iter().filter_map(|(name, bytes)| Some((name, encoding::text(bytes).ok()?)));
    findings.extend(all.filter_map(|(name, text)| keys::check(name, text)));
    let notes = files.iter().filter(|(name, _)| known::is_knowledge(name) && !known::is_data(name));
    let texts = notes.filter_map(|(name, bytes)| Some((name, encoding::text(bytes).ok()?)));
    findings.extend(texts.filter_map(|(name, text)| instructions::check(name, text)));
    findings
}

fn check_text(name: &str, text: &str) -> Vec<Finding> {
    let mut findings = templates::check(name, text);
    let bare = known::without_folder(name);
    let extension = bare.rsplit('.').next().unwrap_or_default();
    findings.extend(match (bare, extension) {
        ("facts.json", _) => facts::check(name, text),
        (_, "json") => tree::json(name, text).err().unwrap_or_default(),
        ("qna.yml" | "qna.yaml", _) => qna::check(name, text),
        (_, "yml" | "yaml") => tree::yaml(name, text).err().unwrap_or_default(),
        _ if known::is_prompt(name) => placeholders::check(name, text),
        _ => Vec::new(),
    });
    findings
}

#[cfg(test)]
mod tests;
