//! What is kept of an environment besides the things themselves: its birth, who holds it, its last releases.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    artifacts::web::PageSettings,
    spec::{Dns, Domain},
    system::{clock, host},
};

/// How many releases are remembered.
const RELEASES_KEPT: usize = 10;

/// Made once for each environment, and never changed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Birth {
    /// The seed of every reference and idempotency token.
    pub id: String,
    /// What the distribution shows the function.
    pub origin_secret: String,
}

impl std::fmt::Debug for Birth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Birth").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Birth {
    pub fn new() -> Self {
        // Two identifiers: 160 random bits.
        let origin_secret = format!("{}{}", clock::unique_id(), clock::unique_id());
        Self { id: clock::unique_id(), origin_secret }
    }
}

impl Default for Birth {
    fn default() -> Self {
        Self::new()
    }
}

/// Who holds an environment.
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
        write!(f, "{} on {} (`{}`, begun {ago})", self.user, self.process.host, self.command)?;
        self.ci_run.as_ref().map_or(Ok(()), |run| write!(f, ", {run}"))
    }
}

/// The ids under which things were found that have no names. Only a short cut: without them they are searched for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub api: Option<String>,
    pub distribution: Option<String>,
}

/// One deploy that reached its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    pub id: String,
    pub at: Timestamp,
    pub by: String,
    /// The function's published version.
    pub version: String,
    /// The hash of the function's code, as Lambda says it.
    pub code_sha256: String,
    /// The hash of all files of the page, with their headers.
    pub web_sha256: String,
    pub page: PageSettings,
    pub found: Found,
}

/// What is written down of an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub birth: Birth,
    /// Counts how often the lock was taken.
    pub fence: u64,
    pub lease: Option<Held>,
    /// Newest first.
    pub releases: Vec<Release>,
    /// A destroy did not wait for the end of what it began.
    pub destroying: Option<Destroying>,
    /// Every domain that was asked for since all others were gone. Only a short cut: without one, nobody has to look.
    #[serde(default)]
    pub domains: BTreeSet<DomainNote>,
}

/// A domain as it was once asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DomainNote {
    pub dns: Dns,
    /// The first one first.
    pub names: Vec<String>,
}

impl From<&Domain> for DomainNote {
    fn from(domain: &Domain) -> Self {
        Self { dns: domain.dns, names: domain.names() }
    }
}

/// How much a destroy takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destroying {
    Everything,
    /// All but conversations and data files.
    KeepingData,
}

/// The lock, as long as somebody holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub id: String,
    /// Changes with each renewal.
    pub beat: u64,
    pub holder: Holder,
}

impl Record {
    /// The record of an environment that does not exist yet.
    pub fn unborn() -> Self {
        Self {
            birth: Birth::new(),
            fence: 0,
            lease: None,
            releases: Vec::new(),
            destroying: None,
            domains: BTreeSet::new(),
        }
    }

    /// The releases with `release` in front.
    pub(crate) fn releases_with(&self, release: Release) -> Vec<Release> {
        std::iter::once(release).chain(self.releases.iter().cloned()).take(RELEASES_KEPT).collect()
    }

    /// `None` when the item is not one of ours.
    pub(crate) fn from_item(item: &HashMap<String, AttributeValue>) -> Option<Self> {
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
        let number =
            |name: &str| item.get(name).and_then(|value| value.as_n().ok()).and_then(|n| n.parse().ok());
        let lease = text("lease").map(|id| Held {
            id: id.clone(),
            beat: number("beat").unwrap_or_default(),
            holder: text("holder")
                .and_then(|json| serde_json::from_str(json).ok())
                .unwrap_or_else(unreadable),
        });
        Some(Self {
            birth: Birth { id: text("birth")?.clone(), origin_secret: text("origin_secret")?.clone() },
            fence: number("fence").unwrap_or_default(),
            lease,
            releases: text("releases").and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default(),
            destroying: text("destroying").and_then(|json| serde_json::from_str(json).ok()),
            domains: item.get("domains").map(domains).unwrap_or_default(),
        })
    }
}

fn domains(set: &AttributeValue) -> BTreeSet<DomainNote> {
    let notes = set.as_ss().map(Vec::as_slice).unwrap_or_default().iter();
    notes.filter_map(|json| serde_json::from_str(json).ok()).collect()
}

/// A holder written by a version that says it differently: it holds the lock all the same.
fn unreadable() -> Holder {
    let process = host::Process {
        host: "a host that another version of twinctl wrote down".to_owned(),
        boot: String::new(),
        pid_namespace: String::new(),
        pid: 0,
        started: String::new(),
    };
    Holder {
        user: "somebody".to_owned(),
        process,
        ci_run: None,
        command: "?".to_owned(),
        since: Timestamp::UNIX_EPOCH,
    }
}
