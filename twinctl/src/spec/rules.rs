//! What can be a name, an address or a colour, and the sentence for what cannot.

pub(super) mod aws;
pub(super) mod domain;
pub(super) mod web;

/// Why a text cannot be what it is meant to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}: {expected}")]
pub struct Refusal {
    /// What is wrong, as a lowercase fragment.
    pub message: String,
    /// What would be right, short enough to stand beside the underlined text.
    pub expected: String,
    pub help: Option<String>,
}

type Verdict = Result<(), Refusal>;

/// `noun` names the kind of word, article included.
fn allow(fine: bool, text: &str, noun: &str, expected: &str) -> Verdict {
    if fine {
        return Ok(());
    }
    let message = if text.is_empty() {
        format!("{noun} cannot be empty")
    } else {
        format!("`{text}` cannot be {noun}")
    };
    Err(Refusal { message, expected: expected.to_owned(), help: None })
}

fn advise(verdict: Verdict, help: impl FnOnce() -> Option<String>) -> Verdict {
    verdict.map_err(|refusal| Refusal { help: help(), ..refusal })
}

/// All characters from `allowed`, and `min..=max` of them.
fn spelled(text: &str, max: usize, allowed: impl Fn(char) -> bool) -> bool {
    (1..=max).contains(&text.len()) && text.chars().all(allowed)
}

fn is_slug(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
}

fn is_slug_word(text: &str, max: usize) -> bool {
    spelled(text, max, is_slug) && text.starts_with(|c: char| c.is_ascii_lowercase()) && !text.ends_with('-')
}

pub(super) fn project(text: &str) -> Verdict {
    let verdict = allow(
        is_slug_word(text, 31),
        text,
        "a project name",
        "1 to 31 lowercase letters, digits and hyphens, a letter first",
    );
    advise(verdict, || {
        let slug = slug_of(text);
        is_slug_word(&slug, 31).then(|| format!("write `{slug}`"))
    })
}

pub(super) fn environment(text: &str) -> Verdict {
    allow(
        is_slug_word(text, 20),
        text,
        "an environment name",
        "1 to 20 lowercase letters, digits and hyphens, a letter first",
    )
}

/// `My Twin` → `my-twin`.
fn slug_of(text: &str) -> String {
    text.to_lowercase().replace([' ', '_', '.'], "-")
}

pub(super) fn profile(text: &str) -> Verdict {
    allow(
        !text.trim().is_empty() && !text.chars().any(char::is_control),
        text,
        "a profile",
        "the name of a profile in ~/.aws/config",
    )
}
