//! The repository and branch that the roles trust.

use std::{fmt, str::FromStr};

use super::Trigger;

/// `owner/name`, spelled as GitHub shows it, because AWS compares it case-sensitively.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository(String);

/// The name of a branch.
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

    /// Rejects `*`, which would trust more than one branch, and characters that git does not allow.
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
    /// Returns the OIDC subject of jobs that may deploy.
    pub(super) fn deployers(&self, branch: &Branch, trigger: &Trigger, environment: &str) -> String {
        match trigger {
            Trigger::Push => self.on_branch(branch),
            Trigger::Manual => format!("repo:{self}:environment:{environment}"),
        }
    }

    /// Returns the OIDC subjects of jobs that only read: those of pull requests, and nightly ones.
    pub(super) fn readers(&self, branch: &Branch) -> [String; 2] {
        [format!("repo:{self}:pull_request"), self.on_branch(branch)]
    }

    fn on_branch(&self, branch: &Branch) -> String {
        format!("repo:{self}:ref:refs/heads/{branch}")
    }
}
