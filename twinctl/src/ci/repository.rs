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

/// GitHub's IDs of a repository and its owner. A rename does not change them, and GitHub never reuses them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ids {
    pub(crate) owner: u64,
    pub(crate) repository: u64,
}

/// The names of a repository in the subjects of its OIDC tokens.
///
/// Repositories that were created, renamed or transferred since 2026-07-15 send `OWNER@OWNER_ID/NAME@REPO_ID`. Others
/// send `OWNER/NAME`, until they are renamed or opt in. Checked on 2026-11-28, in github/docs#45221.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SubjectNames(Vec<String>);

impl SubjectNames {
    /// The names of a repository that always had IDs in its subjects.
    pub(crate) fn new(repository: &Repository, ids: Ids) -> Self {
        let (owner, name) = repository.0.split_once('/').unwrap_or_default();
        Self(vec![format!("{owner}@{}/{name}@{}", ids.owner, ids.repository)])
    }

    /// The names of a repository that may still send subjects without IDs.
    pub(crate) fn of_older(repository: &Repository, ids: Ids) -> Self {
        let Self(mut names) = Self::new(repository, ids);
        names.push(repository.to_string());
        Self(names)
    }

    /// Returns the first name that none of these subjects contains.
    pub(crate) fn missing_in(&self, subjects: &[String]) -> Option<&str> {
        let is_trusted =
            |name: &str| subjects.iter().any(|subject| subject.starts_with(&format!("repo:{name}:")));
        self.0.iter().map(String::as_str).find(|name| !is_trusted(name))
    }

    /// Returns the OIDC subjects of jobs that may deploy.
    pub(super) fn deployers(&self, branch: &Branch, trigger: &Trigger, environment: &str) -> Vec<String> {
        match trigger {
            Trigger::Push => self.subjects(&[on(branch)]),
            Trigger::Manual => self.subjects(&[format!("environment:{environment}")]),
            Trigger::PullRequest => self.subjects(&["environment:preview".to_owned()]),
        }
    }

    /// Returns the OIDC subjects of jobs that only read: jobs of pull requests, and nightly jobs on the branch.
    pub(super) fn readers(&self, branch: &Branch) -> Vec<String> {
        self.subjects(&["pull_request".to_owned(), on(branch)])
    }

    /// Returns the OIDC subjects of jobs that delete what has expired: nightly jobs on the branch. In a GitHub environment with
    /// a reviewer they would wait for an approval.
    pub(super) fn sweepers(&self, branch: &Branch) -> Vec<String> {
        self.subjects(&[on(branch)])
    }

    fn subjects(&self, triggers: &[String]) -> Vec<String> {
        let of = |name| triggers.iter().map(move |trigger| format!("repo:{name}:{trigger}"));
        self.0.iter().flat_map(of).collect()
    }
}

fn on(branch: &Branch) -> String {
    format!("ref:refs/heads/{branch}")
}
