//! The location of data files: a folder or a git repository.

use std::{fmt, path::PathBuf, str::FromStr};

use super::{
    address::{GitAddress, as_git_url},
    error::{SourceError, without_password},
};

/// The location of data files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The first of the default folders that contains files.
    Default,
    Folder(PathBuf),
    Git(GitAddress),
}

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(SourceError::new(text, "is empty", "specify a folder or `git+https://…`"));
        }
        if text.starts_with("git+") {
            return text.parse().map(Self::Git);
        }
        if text.contains("://") || text.starts_with("git@") {
            let hint = format!("for a git repository write `{}`", as_git_url(&without_password(text)));
            return Err(SourceError::new(text, "is neither a folder nor a git repository", hint));
        }
        if text.starts_with('~') {
            let hint = "write the full path of the folder";
            return Err(SourceError::new(text, "starts with `~`, which only a shell expands", hint));
        }
        Ok(Self::Folder(PathBuf::from(text)))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => write!(formatter, "data/"),
            Self::Folder(path) => write!(formatter, "{}", path.display()),
            Self::Git(address) => write!(formatter, "{address}"),
        }
    }
}

/// The settings that specify the source.
#[derive(Debug, Clone, Default)]
pub struct SourceOptions<'s> {
    /// `--from`.
    pub from: Option<&'s str>,
    /// `data:` in the environment file.
    pub spec: Option<&'s str>,
    /// `PRIVATE_DATA_REPO`.
    pub private_repository: Option<&'s str>,
    /// `--use-local`: read a local folder, even if the environment specifies a repository.
    pub use_local: bool,
}

impl SourceOptions<'_> {
    /// Returns the source. `--from` overrides `data:`, which overrides `PRIVATE_DATA_REPO`.
    pub fn source(&self) -> Result<Source, SourceError> {
        if let Some(from) = self.from {
            return from.parse();
        }
        let spec = self.spec.map(str::parse).transpose()?;
        match spec {
            Some(Source::Git(_)) | None if self.use_local => Ok(Source::Default),
            Some(source) => Ok(source),
            None => self
                .private_repository
                .map_or(Ok(Source::Default), |text| GitAddress::parse_lenient(text).map(Source::Git)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_repositories_are_distinguished() {
        for folder in ["data", "./data", "/srv/my files", "a:b", "backend/data/personal_data"] {
            assert_eq!(folder.parse(), Ok(Source::Folder(PathBuf::from(folder))));
        }
        let git: Source = "git+https://github.com/ada/private.git#main:persona".parse().unwrap();
        assert!(matches!(&git, Source::Git(_)));
        assert_eq!(git.to_string(), "git+https://github.com/ada/private.git#main:persona");
    }

    #[test]
    fn errors_say_what_to_write_instead() {
        let error = |text: &str| {
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
        .map(error)
        .join("\n");
        assert!(!all.contains("ada:secret") && !all.contains("ghp_"));
        insta::assert_snapshot!(all);
    }

    #[test]
    fn from_overrides_the_spec_which_overrides_the_private_repository() {
        let git = "git+https://host/ada/spec";
        let all = SourceOptions {
            from: Some("there"),
            spec: Some(git),
            private_repository: Some("ada/private"),
            use_local: false,
        };
        let source = |options: &SourceOptions<'_>| options.source().unwrap().to_string();
        assert_eq!(source(&all), "there");
        assert_eq!(source(&SourceOptions { from: None, ..all.clone() }), git);
        assert_eq!(
            source(&SourceOptions { from: None, spec: None, ..all.clone() }),
            "git+https://github.com/ada/private"
        );
        assert_eq!(SourceOptions::default().source(), Ok(Source::Default));
    }

    #[test]
    fn use_local_overrides_repositories_but_not_folders() {
        let options = SourceOptions {
            private_repository: Some("ada/private"),
            use_local: true,
            ..SourceOptions::default()
        };
        assert_eq!(options.source(), Ok(Source::Default));
        let git = SourceOptions { spec: Some("git+https://host/ada/spec"), ..options.clone() };
        assert_eq!(git.source(), Ok(Source::Default));
        assert_eq!(SourceOptions { spec: Some("mine"), ..options }.source(), "mine".parse());
    }

    proptest::proptest! {
        #[test]
        fn no_text_causes_a_panic(text in "\\PC*") {
            drop(text.parse::<Source>());
        }

        #[test]
        fn parsing_and_printing_are_inverse(host in "[a-z]{1,8}", path in "[a-z]{1,8}", branch in "[a-z]{1,8}(/[a-z]{1,3})?", folder in "[a-z]{1,8}(/[a-z]{1,3})?") {
            let text = format!("git+https://{host}.example/{path}/x.git#{branch}:{folder}");
            proptest::prop_assert_eq!(text.parse::<Source>().unwrap().to_string(), text);
        }
    }
}
