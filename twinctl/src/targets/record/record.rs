//! The record of an environment: the data that its resources do not contain.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    adopted::Adopted,
    origin::OriginSecret,
    release::{NotRestorable, Release},
};
use crate::{
    spec::{Dns, Domain, Environment, Names, Target, Ttl},
    system::{clock, hash, host},
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

    /// Returns the salt of the hashes of visitors' addresses. Unlike the origin secret, it is never replaced, because
    /// that would unblock blocked visitors.
    pub(crate) fn visitor_salt(&self) -> String {
        self.derive("visitors")
    }

    /// Returns the key that signs the messages of a local twin's alarms.
    pub(crate) fn webhook_key(&self) -> String {
        self.derive("webhook")
    }

    fn derive(&self, purpose: &str) -> String {
        hash::sha256(format!("{purpose} {}", self.id))
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
    /// The features that the environment had since their last resources were removed. A run looks for no others.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub features: BTreeSet<Feature>,
    /// When `sweep` deletes the environment. Set if it has a time to live.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expiry: Option<Expiry>,
    /// The resources that were taken over from another tool.
    #[serde(default, skip_serializing_if = "Adopted::is_empty")]
    pub adopted: Adopted,
    /// The canary of a run that holds the lock, or that did not end it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<CanaryRun>,
}

/// A run that may send a share of the visitors to a version that is not released yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CanaryRun {
    /// The lease of the run.
    pub lease: String,
    /// Share and duration: `10%:5m`.
    pub canary: String,
}

/// The end of an environment's life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiry {
    pub at: Timestamp,
    /// Whether some resources have names from the environment file, so that they are not found without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_names: bool,
}

impl Expiry {
    pub fn is_over(&self) -> bool {
        self.at <= clock::now()
    }
}

/// The change of the recorded expiry when the lock is acquired.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ExpiryChange {
    #[default]
    Keep,
    Renew(Expiry),
    Remove,
}

impl ExpiryChange {
    /// Returns the change of a run that deploys the environment, or a part of it.
    pub(crate) fn renewal(environment: &Environment) -> Self {
        let own_names = environment.names != Names::default()
            || environment.local.data.is_some()
            || environment.local.memory.is_some();
        let renew = |ttl: &Ttl| Self::Renew(Expiry { at: clock::now() + ttl.duration(), own_names });
        environment.ttl.as_ref().map_or(Self::Remove, renew)
    }

    /// Returns the expiry after the change.
    pub(crate) fn apply(&self, old: Option<Expiry>) -> Option<Expiry> {
        match self {
            Self::Keep => old,
            Self::Renew(expiry) => Some(expiry.clone()),
            Self::Remove => None,
        }
    }
}

/// A setting that adds resources to an environment on AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    Streaming,
    Alarms,
    /// The table that counts what the model costs.
    Budget,
    /// The mail of AWS Budgets.
    CostBudget,
}

impl Feature {
    pub const ALL: [Self; 4] = [Self::Streaming, Self::Alarms, Self::Budget, Self::CostBudget];

    /// Returns the features of an environment.
    pub(crate) fn of(environment: &Environment) -> BTreeSet<Self> {
        let has = |feature: &Self| match feature {
            Self::Streaming => environment.streaming,
            Self::Alarms => environment.alarms.is_some(),
            Self::Budget => environment.budget.is_some(),
            Self::CostBudget => environment.budget.as_ref().is_some_and(|budget| budget.email.is_some()),
        };
        let is_on_aws = environment.target == Target::Aws;
        Self::ALL.into_iter().filter(|feature| is_on_aws && has(feature)).collect()
    }

    /// Returns the name of the record's field.
    pub fn name(self) -> &'static str {
        match self {
            Self::Streaming => "streaming",
            Self::Alarms => "alarms",
            Self::Budget => "budget",
            Self::CostBudget => "cost_budget",
        }
    }
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
            features: BTreeSet::new(),
            expiry: None,
            canary: None,
            adopted: Adopted::new(),
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

    /// Returns the release to restore: the given one, or the last healthy one before the current one, if possible one that has
    /// answered. The given one may be the current one, which a failed deploy replaces in part. If the current release is a
    /// rollback, the default is the last healthy one before the release that it restored.
    pub fn to_restore(&self, id: Option<&str>) -> Result<&Release, NotRestorable> {
        let current = self.releases.first().ok_or(NotRestorable::NoRelease)?;
        let found = if let Some(id) = id {
            self.release(id)?
        } else {
            let start = self.restored_position().ok_or(NotRestorable::NoneBefore)?;
            let before = self.releases.iter().skip(start + 1);
            let healthy = before.filter(|release| !release.rolled_back && !release.is_same_twin(current));
            let verified = healthy.clone().find(|release| !release.unverified);
            verified.or_else(|| healthy.clone().next()).ok_or(NotRestorable::NoneBefore)?
        };
        if found.parts.is_none() {
            return Err(NotRestorable::WithoutParts(found.id.clone()));
        }
        Ok(found)
    }

    /// Returns the position of the current release. If it is a rollback, returns the position of the deployment that it
    /// restored, directly or through other rollbacks, or `None` if that is no longer recorded.
    fn restored_position(&self) -> Option<usize> {
        let mut position = 0;
        while let Some(restored) = &self.releases.get(position)?.restores {
            let mut older = self.releases.iter().skip(position + 1);
            position += 1 + older.position(|release| release.id == *restored)?;
        }
        Some(position)
    }

    /// Returns the release whose id begins with `start`, if there is exactly one.
    fn release(&self, start: &str) -> Result<&Release, NotRestorable> {
        let found = self.releases.iter().filter(|release| release.id.starts_with(start));
        match found.collect::<Vec<_>>().as_slice() {
            [] => Err(NotRestorable::Unknown(start.to_owned())),
            [one] => Ok(one),
            several => Err(NotRestorable::Ambiguous(start.to_owned(), several.len())),
        }
    }

    /// Returns the recorded releases, preceded by a rollback. The release that it replaces is marked, and so is the one that
    /// the replaced release had restored.
    pub(crate) fn releases_after(&self, rollback: Release) -> Vec<Release> {
        let replaced = self.releases.first();
        let mut marked = self.clone();
        for release in &mut marked.releases {
            let is_replaced = |current: &Release| {
                current.id == release.id || current.restores.as_ref() == Some(&release.id)
            };
            release.rolled_back |=
                replaced.is_some_and(is_replaced) && rollback.restores.as_ref() != Some(&release.id);
        }
        marked.releases_with(rollback)
    }

    /// Returns the recorded releases after a deploy. If it changed nothing that a release contains, the newest one stays, with
    /// the setup of the deploy.
    pub(crate) fn releases_deployed(&self, release: Release) -> Vec<Release> {
        let mut releases = self.releases.clone();
        match releases.first_mut() {
            Some(newest) if newest.describes(&release) && newest.data() == release.data() => {
                newest.unverified = release.unverified;
                newest.parts = release.parts;
                releases
            }
            _ => self.releases_with(release),
        }
    }

    /// Returns the recorded releases, preceded by `release`.
    pub(crate) fn releases_with(&self, release: Release) -> Vec<Release> {
        std::iter::once(release).chain(self.releases.iter().cloned()).take(RELEASES_KEPT).collect()
    }
}
