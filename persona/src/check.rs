//! What is wrong with the owner's files; nothing is changed here.

mod bytes;
mod facts;
mod near;
mod placeholders;
mod qna;
mod tree;
mod unfilled;

pub(crate) mod names;
pub(crate) mod pdf;
pub(crate) mod room;

use crate::{Files, Gravity, Mistake, names as known};

/// Everything that can be said of the files one by one, and of their sizes.
pub(crate) fn look(files: &Files) -> Vec<Mistake> {
    let mut mistakes = names::look(files);
    mistakes.extend(bytes::sizes(files));
    for (name, bytes) in files.iter().filter(|(name, _)| known::is_read(name)) {
        match bytes::text(bytes) {
            Ok(text) if text.trim().is_empty() => {
                mistakes.push(warning(name, None, "it is empty", "write something into it, or remove it"));
            }
            Ok(text) => mistakes.extend(content(name, text)),
            Err((line, what, hint)) => mistakes.push(error(name, line, what, hint)),
        }
    }
    mistakes
}

fn content(name: &str, text: &str) -> Vec<Mistake> {
    let mut mistakes = unfilled::look(name, text);
    let bare = known::bare(name);
    let ending = bare.rsplit('.').next().unwrap_or_default();
    mistakes.extend(match (bare, ending) {
        ("facts.json", _) => facts::look(name, text),
        (_, "json") => tree::json(name, text).err().unwrap_or_default(),
        ("qna.yml" | "qna.yaml", _) => qna::look(name, text),
        (_, "yml" | "yaml") => tree::yaml(name, text).err().unwrap_or_default(),
        _ if known::is_prompt(name) => placeholders::look(name, text),
        _ => Vec::new(),
    });
    mistakes
}

fn error(file: &str, line: Option<usize>, what: impl Into<String>, hint: impl Into<String>) -> Mistake {
    Mistake {
        file: file.to_owned(),
        line,
        gravity: Gravity::Error,
        what: what.into(),
        hint: Some(hint.into()),
    }
}

fn warning(file: &str, line: Option<usize>, what: impl Into<String>, hint: impl Into<String>) -> Mistake {
    Mistake { gravity: Gravity::Warning, ..error(file, line, what, hint) }
}

#[cfg(test)]
mod tests;
