//! Errors in the text that specifies a source.

/// Longer user names in a URL are taken for tokens.
const MIN_TOKEN: usize = 20;

/// A text that does not specify a source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` {what}")]
pub struct SourceError {
    /// The text, without a password.
    pub text: String,
    pub what: &'static str,
    pub hint: String,
}

impl SourceError {
    pub(super) fn new(text: &str, what: &'static str, hint: impl Into<String>) -> Self {
        Self { text: without_password(text), what, hint: hint.into() }
    }
}

/// Removes a password or token from a URL, so that it is not printed.
pub(super) fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let host_ends = rest.find('/').unwrap_or(rest.len());
    match rest[..host_ends].rfind('@') {
        Some(at) if is_secret(&rest[..at]) => format!("{scheme}://{}", &rest[at + 1..]),
        _ => text.to_owned(),
    }
}

/// Returns whether the part of a URL before `@` contains a password, or a token as the user name.
pub(super) fn is_secret(user: &str) -> bool {
    user.contains(':') || user.len() >= MIN_TOKEN
}
