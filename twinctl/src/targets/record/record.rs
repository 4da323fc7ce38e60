//! The record of an environment: the data that its resources do not contain.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::origin::OriginSecret;
use crate::{
    artifacts::web::PageSettings,
    spec::{Dns, Domain},
    system::{clock, host},
};

/// Number of recorded releases.
const RELEASES_KEPT: usize = 10;

/// The random values of an environment, made when it is created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Birth {
    /// The seed of all caller references and idempotency tokens. It never changes.
    pub id: String,
    /// The secret that the distribution sends to the function. A rotation replaces it.
    pub origin_secret: OriginSecret,
}

impl Birth {
    pub fn new() -> Self {
        Self { id: clock::unique_id(), origin_secret: OriginSecret::random() }
    }
}

impl Default for Birth {
    fn default() -> Self {
        Self::new()
    }
}

/// The holder of an environment's lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub user: String,
    pub process: host::Process,
    pub ci_run: Option<String>,
    pub command: String,
    pub since: Timestamp,
}

impl Holder {
    pub fn current(command: String) -> Self {
        let process = host::Process::current();
        Self { user: host::user(), process, ci_run: host::ci_run(), command, since: clock::now() }
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ago = clock::ago(self.since);
        write!(f, "{} on {} (`{}`, started {ago})", self.user, self.process.host, self.command)?;
        self.ci_run.as_ref().map_or(Ok(()), |run| write!(f, ", {run}"))
    }
}

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

    /// Returns whether this recorded release is the state that `now` describes. The set of data files may be a newer one,
    /// because `upload-data` makes no release.
    pub fn describes(&self, now: &Self) -> bool {
        let known = |release: &Self| {
            let parts = release.parts.clone().filter(|_| self.parts.is_some());
            let parts = parts.map(|parts| ReleaseParts { data: None, ..parts });
            Self { parts, ..release.clone() }
        };
        let (id, at, by, commit) = (self.id.clone(), self.at, self.by.clone(), self.commit.clone());
        known(self) == Self { id, at, by, commit, ..known(now) }
    }
}

/// The record of an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub birth: Birth,
    /// The secret that replaces the origin secret, while a rotation is not finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_origin_secret: Option<OriginSecret>,
    /// The number of times that the lock was acquired.
    pub fence: u64,
    pub lease: Option<Held>,
    /// Newest first.
    pub releases: Vec<Release>,
    /// Set if a destroy did not wait until everything was deleted.
    pub destroying: Option<Destroying>,
    /// The domains configured since all earlier ones were removed. An optimization: if there are none, a run does not look
    /// for resources of former domains.
    #[serde(default)]
    pub domains: BTreeSet<KnownDomain>,
    /// Whether the environment streamed since the last stream API was removed. If not, a run does not look for one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub streaming: bool,
}

/// A domain that is or was configured.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KnownDomain {
    pub dns: Dns,
    /// All hostnames, the main one first.
    pub names: Vec<String>,
}

impl From<&Domain> for KnownDomain {
    fn from(domain: &Domain) -> Self {
        Self { dns: domain.dns, names: domain.names() }
    }
}

/// The extent of a destroy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destroying {
    Everything,
    /// Everything except conversations and data files.
    KeepingData,
}

/// A lock that is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub id: String,
    /// Changes with each renewal.
    pub beat: u64,
    pub holder: Holder,
}

impl Record {
    /// Returns the record of an environment that does not exist yet.
    pub fn initial() -> Self {
        Self {
            birth: Birth::new(),
            next_origin_secret: None,
            fence: 0,
            lease: None,
            releases: Vec::new(),
            destroying: None,
            domains: BTreeSet::new(),
            streaming: false,
        }
    }

    /// Returns the recorded releases, after the function of the newest one was published again with other settings.
    pub(crate) fn releases_republished_as(&self, version: &str) -> Vec<Release> {
        let mut releases = self.releases.clone();
        if let Some(newest) = releases.first_mut() {
            version.clone_into(&mut newest.version);
        }
        releases
    }

    /// Returns the recorded releases, preceded by `release`.
    pub(crate) fn releases_with(&self, release: Release) -> Vec<Release> {
        std::iter::once(release).chain(self.releases.iter().cloned()).take(RELEASES_KEPT).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(change: impl FnOnce(&mut Release, &mut ReleaseParts)) -> Release {
        let mut parts = ReleaseParts {
            page: "1".to_owned(),
            settings_sha256: "s".to_owned(),
            model: "builtin".to_owned(),
            data: Some("d".to_owned()),
        };
        let mut release = Release {
            id: "1".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            by: "ada".to_owned(),
            commit: None,
            version: "1".to_owned(),
            code_sha256: "c".to_owned(),
            web_sha256: "w".to_owned(),
            page: PageSettings::default(),
            found: KnownIds::default(),
            parts: None,
        };
        change(&mut release, &mut parts);
        Release { parts: Some(parts), ..release }
    }

    #[test]
    fn each_part_that_differs_from_the_release_before_has_changed() {
        let old = release(|_, _| ());
        let changed = |change: fn(&mut Release, &mut ReleaseParts)| {
            let changed: Vec<_> =
                release(change).changed_since(&old).iter().map(ToString::to_string).collect();
            changed.join(" ")
        };
        assert_eq!(changed(|release, _| "2".clone_into(&mut release.id)), "");
        assert_eq!(changed(|release, _| "d".clone_into(&mut release.code_sha256)), "code");
        assert_eq!(changed(|release, _| "x".clone_into(&mut release.web_sha256)), "page");
        assert_eq!(changed(|_, parts| "2".clone_into(&mut parts.page)), "page");
        assert_eq!(changed(|_, parts| parts.model.push('2')), "model");
        assert_eq!(changed(|_, parts| parts.data = None), "", "unknown");
        let both = changed(|_, parts| {
            parts.settings_sha256.push('2');
            parts.data = Some("e".to_owned());
        });
        assert_eq!(both, "settings data");
    }

    /// Releases of earlier versions of twinctl have no parts.
    #[test]
    fn a_release_without_parts_is_read_and_describes_the_state_that_it_made() {
        let now = release(|release, _| release.commit = Some("4f8c2cd".to_owned()));
        let mut json = serde_json::to_value(&now).unwrap();
        for field in ["parts", "commit"] {
            json.as_object_mut().unwrap().remove(field);
        }
        let old: Release = serde_json::from_value(json).unwrap();
        assert_eq!(old.parts, None);
        assert!(old.describes(&now) && now.describes(&now));
        assert_eq!(now.changed_since(&old), []);
        assert!(!old.describes(&release(|release, _| release.version.push('2'))));
        assert!(!now.describes(&release(|_, parts| parts.settings_sha256.push('2'))));
        assert!(now.describes(&release(|_, parts| parts.data = None)), "uploads make no release");
    }
}
