//! Which repository and branch are trusted.

use std::{fmt, str::FromStr};

use super::Gate;

/// `owner/name`, spelt as GitHub shows it: AWS compares letter by letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository(String);

/// A branch, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch(String);

impl FromStr for Repository {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_word = |word: &str, more: &str| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
        };
        match text.split_once('/') {
            Some((owner, name)) if is_word(owner, "-") && is_word(name, "-._") => Ok(Self(text.to_owned())),
            _ => Err("write the owner and the name, as in `ada/twin`".to_owned()),
        }
    }
}

impl FromStr for Branch {
    type Err = String;

    /// A `*` would trust more than one branch, and the rest is no name to git.
    fn from_str(text: &str) -> Result<Self, String> {
        let is_fine = |c: char| c.is_ascii_alphanumeric() || "-._/".contains(c);
        if text.is_empty() || !text.chars().all(is_fine) {
            return Err("write the name of one branch, as in `main`".to_owned());
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Branch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Repository {
    /// How GitHub calls a job that may deploy.
    pub(super) fn deployers(&self, branch: &Branch, gate: &Gate, environment: &str) -> String {
        match gate {
            Gate::Branch => self.on_branch(branch),
            Gate::Approval => format!("repo:{self}:environment:{environment}"),
        }
    }

    /// How GitHub calls the jobs that only look: those of pull requests, and nightly ones.
    pub(super) fn readers(&self, branch: &Branch) -> [String; 2] {
        [format!("repo:{self}:pull_request"), self.on_branch(branch)]
    }

    fn on_branch(&self, branch: &Branch) -> String {
        format!("repo:{self}:ref:refs/heads/{branch}")
    }
}
