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

/// A completed deploy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    pub id: String,
    pub at: Timestamp,
    pub by: String,
    /// The published version of the function.
    pub version: String,
    /// The hash of the function's code, as Lambda returns it.
    pub code_sha256: String,
    /// The hash of all files of the page and their headers.
    pub web_sha256: String,
    pub page: PageSettings,
    pub found: KnownIds,
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
