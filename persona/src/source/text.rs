//! A source as people write it.

use std::{fmt, path::PathBuf, str::FromStr};

use super::Source;

const SHORTEST_TOKEN: usize = 20;

/// Why a text names no source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` {what}")]
pub struct BadSource {
    /// Without a password that was in it.
    pub text: String,
    pub what: &'static str,
    pub hint: String,
}

impl BadSource {
    pub(super) fn new(text: &str, what: &'static str, hint: impl Into<String>) -> Self {
        Self { text: without_password(text), what, hint: hint.into() }
    }
}

impl FromStr for Source {
    type Err = BadSource;

    fn from_str(text: &str) -> Result<Self, BadSource> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadSource::new(text, "names nothing", "name a folder, or `git+https://…`"));
        }
        if text.starts_with("git+") {
            return text.parse().map(Self::Git);
        }
        if text.contains("://") || text.starts_with("git@") {
            let usual = format!("for a git repository write `{}`", as_git(&without_password(text)));
            return Err(BadSource::new(text, "is neither a folder nor a git repository", usual));
        }
        if text.starts_with('~') {
            let hint = "write the whole path of the folder";
            return Err(BadSource::new(text, "begins with `~`, which only a shell understands", hint));
        }
        Ok(Self::Folder(PathBuf::from(text)))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usual => write!(formatter, "data/"),
            Self::Folder(path) => write!(formatter, "{}", path.display()),
            Self::Git(address) => write!(formatter, "{address}"),
        }
    }
}

/// `git@host:owner/name` is how git itself shortens an address.
pub(super) fn as_git(text: &str) -> String {
    match text.strip_prefix("git@").and_then(|rest| rest.split_once(':')) {
        Some((host, path)) => format!("git+ssh://git@{host}/{path}"),
        None => format!("git+{text}"),
    }
}

/// A text with a secret in it is shown to nobody.
fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let host_ends = rest.find('/').unwrap_or(rest.len());
    match rest[..host_ends].rfind('@') {
        Some(at) if holds_secret(&rest[..at]) => format!("{scheme}://{}", &rest[at + 1..]),
        _ => text.to_owned(),
    }
}

/// What stands before the `@` of an address: a password, or a token in the place of a user's name.
pub(super) fn holds_secret(user: &str) -> bool {
    user.contains(':') || user.len() >= SHORTEST_TOKEN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_repositories_are_told_apart() {
        for folder in ["data", "./data", "/srv/my files", "a:b", "backend/data/personal_data"] {
            assert_eq!(folder.parse(), Ok(Source::Folder(PathBuf::from(folder))));
        }
        let git: Source = "git+https://github.com/ada/private.git#main:persona".parse().unwrap();
        assert!(matches!(&git, Source::Git(_)));
        assert_eq!(git.to_string(), "git+https://github.com/ada/private.git#main:persona");
    }

    #[test]
    fn what_is_wrong_is_said_with_what_would_be_right() {
        let said = |text: &str| {
            let error = text.parse::<Source>().unwrap_err();
            format!("{error}; {}", error.hint)
        };
        let all = [
            "",
            "~/data",
            "https://github.com/ada/private",
            "git@github.com:ada/private.git",
            "git+https://ada:secret@github.com/ada/private",
            "https://ghp_0123456789abcdefghij@github.com/ada/private",
            "https://ada:secret@github.com/ada/private",
            "git+ftp://host/ada/private",
            "git+https://github.com",
            "git+https://github.com/ada/private#",
            "git+https://github.com/ada/private#ma in",
            "git+https://github.com/ada/private#--upload-pack=x",
            "git+https://github.com/ada/private#main:../up",
            "git+file://relative",
        ]
        .map(said)
        .join("\n");
        assert!(!all.contains("ada:secret") && !all.contains("ghp_"));
        insta::assert_snapshot!(all);
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange(text in "\\PC*") {
            drop(text.parse::<Source>());
        }

        #[test]
        fn what_is_read_is_written_the_same(host in "[a-z]{1,8}", path in "[a-z]{1,8}", branch in "[a-z]{1,8}(/[a-z]{1,3})?", folder in "[a-z]{1,8}(/[a-z]{1,3})?") {
            let text = format!("git+https://{host}.example/{path}/x.git#{branch}:{folder}");
            proptest::prop_assert_eq!(text.parse::<Source>().unwrap().to_string(), text);
        }
    }
}
