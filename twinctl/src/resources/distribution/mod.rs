//! The CDN in front of page and API, with what it is made of: access control, function, headers, distribution.

mod actual;
mod behaviour;
mod compare;
mod config;
mod facts;
mod find;
mod headers;
mod paths;
mod push;
mod remove;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use reconcile::{Cadence, Change, Changes, Fault, Ownership, Pushed, Removed, Resource, Status, Wait};

use crate::aws::{Cloud, Labels};

pub use actual::DistributionActual;
pub(crate) use config::API_PATHS;
pub use paths::exceptions;

/// CloudFront tells every edge of the world, and says only when it is through.
const SPREADING: Cadence = Cadence::new(2_000, 15_000, 1_800_000);
const DEPLOYED: &str = "Deployed";

/// It has no name: it is found by the marker in its comment. What it is made of is found by name.
#[derive(Debug)]
pub struct Distribution {
    marker: String,
    labels: Labels,
    /// The id, once found: every later look is then a single round trip.
    found: Mutex<Option<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistributionDesired {
    /// The environment's birth: with the marker it makes a repeated creation recognisable to CloudFront.
    pub birth: String,
    /// The regional host name of the bucket with the page.
    pub bucket_host: String,
    /// Where the API is, with scheme, as the API itself says.
    pub api_endpoint: String,
    pub origin_secret: OriginSecret,
    /// Hashes of the page's inline scripts, as a content security policy spells them.
    pub script_hashes: Vec<String>,
    /// Who may show the page in a frame.
    pub frame_ancestors: Vec<String>,
    /// Pretty paths that the rule of the paths function would get wrong, and their files: see [`exceptions`].
    pub paths: BTreeMap<String, String>,
}

/// What the API knows CloudFront by.
#[derive(Clone, PartialEq, Eq)]
pub struct OriginSecret(String);

impl OriginSecret {
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }
}

impl fmt::Debug for OriginSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OriginSecret(…)")
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistributionOutput {
    pub id: String,
    pub arn: String,
    pub domain: String,
}

impl Distribution {
    pub fn new(marker: impl Into<String>, labels: Labels) -> Self {
        Self { marker: marker.into(), labels, found: Mutex::default() }
    }

    /// The id that it had when the environment was last looked at: a short cut, and searched for when it does not hold.
    #[must_use]
    pub fn found_before(self, id: Option<&str>) -> Self {
        self.remember(id);
        self
    }

    /// In everything of ours that can carry a comment: what has it is ours.
    fn comment(&self) -> String {
        format!("twinctl {}", self.marker)
    }

    fn function_name(&self) -> String {
        format!("{}-paths", self.marker)
    }

    fn known(&self) -> Option<String> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn remember(&self, id: Option<&str>) {
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = id.map(ToOwned::to_owned);
    }
}

fn spreading() -> Wait {
    Wait::new("CloudFront to spread the distribution (usually 3 to 6 minutes)", SPREADING)
}

impl Resource for Distribution {
    type Cloud = Cloud;
    type Desired = DistributionDesired;
    type Actual = DistributionActual;
    type Output = DistributionOutput;

    async fn observe(&self, cloud: &Cloud) -> Result<Option<DistributionActual>, Fault> {
        Box::pin(self.look(cloud)).await
    }

    fn ownership(&self, actual: &DistributionActual) -> Ownership {
        let comment = self.comment();
        if let Some(there) = &actual.there {
            return self
                .labels
                .ownership(&there.tags, &format!("the distribution {} (`{comment}`)", there.id));
        }
        let foreign =
            |part| Ownership::Foreign(format!("{part} exists already, and was not made by twinctl"));
        actual.foreign_part(&self.marker, &comment).map_or(Ownership::Ours, foreign)
    }

    fn diff(&self, desired: &DistributionDesired, actual: Option<&DistributionActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        let nothing = DistributionActual::default();
        let actual = actual.unwrap_or(&nothing);
        self.compare_distribution(&mut changes, desired, actual);
        self.compare_parts(&mut changes, desired, actual);
        self.labels.compare(&mut changes, actual.there.as_ref().map(|there| &there.tags));
        changes.into_vec()
    }

    fn status(&self, actual: &DistributionActual) -> Status {
        match &actual.there {
            Some(there) if there.status != DEPLOYED => Status::Settling(spreading()),
            _ => Status::Ready,
        }
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        desired: &DistributionDesired,
        actual: Option<&DistributionActual>,
    ) -> Result<Pushed<DistributionActual>, Fault> {
        Box::pin(self.push(cloud, desired, actual.cloned().unwrap_or_default())).await.map(Pushed::Now)
    }

    async fn delete(&self, cloud: &Cloud, actual: &DistributionActual) -> Result<Removed, Fault> {
        self.remove(cloud, actual).await
    }

    /// Disabled, it reads no origin any more.
    fn detached(&self, actual: &DistributionActual) -> bool {
        actual.there.as_ref().is_none_or(|there| !there.config.enabled)
    }

    fn output(&self, actual: &DistributionActual) -> Option<DistributionOutput> {
        let there = actual.there.as_ref()?;
        let (id, arn, domain) = (there.id.clone(), there.arn.clone(), there.domain.clone());
        Some(DistributionOutput { id, arn, domain })
    }

    fn foresee(
        &self,
        _: &DistributionDesired,
        actual: Option<&DistributionActual>,
    ) -> Option<DistributionOutput> {
        actual.and_then(|actual| self.output(actual))
    }
}
