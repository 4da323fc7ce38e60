//! A recorded release: its parts, and their differences from another release.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::artifacts::web::PageSettings;

/// The ids of resources that AWS does not identify by name. An optimization: unknown ids are searched for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownIds {
    pub api: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream_api: Option<String>,
    pub distribution: Option<String>,
}

/// A completed deploy, or a rollback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    pub id: String,
    pub at: Timestamp,
    pub by: String,
    /// The Git commit of the environment files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The published version of the function.
    pub version: String,
    /// The hash of the function's code, as Lambda returns it.
    pub code_sha256: String,
    /// The hash of all files of the page and their headers.
    pub web_sha256: String,
    pub page: PageSettings,
    pub found: KnownIds,
    /// `None` if an earlier version of twinctl made the release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<ReleaseParts>,
    /// The release that this rollback restored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restores: Option<String>,
    /// Whether a rollback replaced it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rolled_back: bool,
    /// Whether it was asked a question and gave no answer, for a reason that did not stop its deployment.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unverified: bool,
}

/// The parts of a release besides its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseParts {
    /// The id of the page's files: the release that uploaded them, or the name of their folder.
    pub page: String,
    /// The hash of the settings.
    pub settings_sha256: String,
    pub model: String,
    /// The newest set of data files, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Further settings that a rollback restores, in the format of the target.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub setup: Value,
}

/// Why a release cannot be restored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRestorable {
    #[error("there is no release yet")]
    NoRelease,
    #[error("there is no healthy release before the current one")]
    NoneBefore,
    #[error("there is no release `{0}`")]
    Unknown(String),
    #[error("`{0}` matches {1} releases")]
    Ambiguous(String, usize),
    #[error(
        "an earlier version of twinctl made the release `{0}`, and did not record all that a rollback needs"
    )]
    WithoutParts(String),
}

/// A part of a release that can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReleasePart {
    Code,
    Page,
    Settings,
    Model,
    Data,
}

impl ReleasePart {
    pub const ALL: [Self; 5] = [Self::Code, Self::Page, Self::Settings, Self::Model, Self::Data];
}

impl std::fmt::Display for ReleasePart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Code => "code",
            Self::Page => "page",
            Self::Settings => "settings",
            Self::Model => "model",
            Self::Data => "data",
        })
    }
}

impl Release {
    /// Returns the parts in which this release differs from an earlier one, as far as both are known.
    pub fn changed_since(&self, earlier: &Self) -> Vec<ReleasePart> {
        let parts = self.parts.as_ref().zip(earlier.parts.as_ref());
        let differs =
            |pick: fn(&ReleaseParts) -> &String| parts.is_some_and(|(new, old)| pick(new) != pick(old));
        let data = parts.and_then(|(new, old)| Some((new.data.as_ref()?, old.data.as_ref()?)));
        [
            (ReleasePart::Code, self.code_sha256 != earlier.code_sha256),
            (ReleasePart::Page, self.web_sha256 != earlier.web_sha256 || differs(|parts| &parts.page)),
            (ReleasePart::Settings, differs(|parts| &parts.settings_sha256)),
            (ReleasePart::Model, differs(|parts| &parts.model)),
            (ReleasePart::Data, data.is_some_and(|(new, old)| new != old)),
        ]
        .into_iter()
        .filter_map(|(part, changed)| changed.then_some(part))
        .collect()
    }

    /// Returns the release without what only its target can read.
    #[must_use]
    pub fn without_setup(&self) -> Self {
        let parts = self.parts.clone().map(|parts| ReleaseParts { setup: Value::Null, ..parts });
        Self { parts, ..self.clone() }
    }

    /// Returns whether this recorded release is the state that `now` describes. The set of data files may be a newer one,
    /// because `upload-data` makes no release.
    pub fn describes(&self, now: &Self) -> bool {
        let known = |release: &Self| {
            let parts = release.parts.clone().filter(|_| self.parts.is_some());
            let parts = parts.map(|parts| ReleaseParts { data: None, setup: Value::Null, ..parts });
            Self { parts, ..release.clone() }
        };
        let (id, at, by, commit) = (self.id.clone(), self.at, self.by.clone(), self.commit.clone());
        let (restores, rolled_back, unverified) = (self.restores.clone(), self.rolled_back, self.unverified);
        known(self) == Self { id, at, by, commit, restores, rolled_back, unverified, ..known(now) }
    }

    /// Returns the set of data files, if it is known.
    pub(super) fn data(&self) -> Option<&String> {
        self.parts.as_ref()?.data.as_ref()
    }

    /// Returns whether restoring this release instead of the other one would change nothing but data files.
    pub(super) fn is_same_twin(&self, other: &Self) -> bool {
        let is_known = self.parts.is_some() && other.parts.is_some();
        let changed = self.changed_since(other);
        // The same code and settings may have been published again.
        (is_known || self.version == other.version) && changed.iter().all(|part| *part == ReleasePart::Data)
    }
}
