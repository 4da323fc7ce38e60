//! The CDN in front of page and API.

mod actual;
mod behaviour;
mod compare;
mod config;
mod facts;
mod find;
mod push;
mod remove;
#[cfg(test)]
mod tests;

use std::fmt;

use reconcile::{Backoff, Change, Changes, Fault, Ownership, Pushed, Removed, Resource, Status, Wait};

use crate::targets::aws::{Cloud, Labels, Needs, Right, names::Names};

use super::delivery::DeliveryOutput;
pub use actual::DistributionActual;

/// CloudFront tells every edge of the world, and says only when it is through.
const SPREADING: Backoff = Backoff::from_millis(2_000, 15_000, 1_800_000);
const DEPLOYED: &str = "Deployed";

/// It has no name: it is found by the marker in its comment.
#[derive(Debug)]
pub struct Distribution {
    marker: String,
    labels: Labels,
    /// See [`Distribution::found_before`].
    recorded_id: Option<String>,
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
    pub delivery: DeliveryOutput,
    pub named: Named,
}

/// Who sees to the names that the distribution answers to, and to their certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// It has CloudFront's name only.
    ByCloudFront,
    /// The domain does, in the same configuration.
    ByDomain,
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
        Self { marker: marker.into(), labels, recorded_id: None }
    }

    /// The id that it had when the environment was last looked at: a short cut, and searched for when it does not hold.
    #[must_use]
    pub fn found_before(self, id: Option<&str>) -> Self {
        Self { recorded_id: id.map(ToOwned::to_owned), ..self }
    }

    fn comment(&self) -> String {
        format!("twinctl {}", self.marker)
    }
}

fn spreading() -> Wait {
    Wait::new("CloudFront to spread the distribution (usually 3 to 6 minutes)", SPREADING)
}

impl Needs for Distribution {
    fn needs(&self, names: &Names) -> Vec<Right> {
        let all = || [names.distribution_arn("*")];
        let look = &["cloudfront:GetDistribution", "cloudfront:ListTagsForResource"];
        let change =
            &["cloudfront:DeleteDistribution", "cloudfront:UntagResource", "cloudfront:UpdateDistribution"];
        vec![
            Right::look("ListDistributions", &["cloudfront:ListDistributions"], ["*".to_owned()]),
            Right::look("LookAtDistribution", look, all()),
            Right::change("MakeDistribution", &["cloudfront:CreateDistribution"], all()),
            Right::change("TagDistribution", &["cloudfront:TagResource"], all()).with_our_tags(names),
            Right::change("ChangeDistribution", change, all()).on_ours(names),
        ]
    }
}

impl Resource for Distribution {
    type Cloud = Cloud;
    type Desired = DistributionDesired;
    type Actual = DistributionActual;
    type Output = DistributionOutput;
    /// The id, once found: every later read is then a single round trip.
    type Memory = Option<String>;

    fn physical_name(&self) -> Option<String> {
        Some(self.marker.clone())
    }

    fn initial_memory(&self) -> Option<String> {
        self.recorded_id.clone()
    }

    async fn observe(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
    ) -> Result<Option<DistributionActual>, Fault> {
        Box::pin(self.look(cloud, memory)).await
    }

    fn ownership(&self, actual: &DistributionActual) -> Ownership {
        let what = format!("the distribution {} (`{}`)", actual.id, self.comment());
        self.labels.ownership(&actual.tags, &what)
    }

    fn diff(&self, desired: &DistributionDesired, actual: Option<&DistributionActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        self.compare(&mut changes, desired, actual);
        self.labels.compare(&mut changes, actual.map(|actual| &actual.tags));
        changes.into_vec()
    }

    fn status(&self, actual: &DistributionActual) -> Status {
        if actual.status == DEPLOYED { Status::Ready } else { Status::Settling(spreading()) }
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
        desired: &DistributionDesired,
        actual: Option<&DistributionActual>,
    ) -> Result<Pushed<DistributionActual>, Fault> {
        Box::pin(self.push(cloud, memory, desired, actual.cloned())).await.map(Pushed::Actual)
    }

    async fn delete(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
        actual: &DistributionActual,
    ) -> Result<Removed, Fault> {
        self.remove(cloud, memory, actual).await
    }

    /// Disabled, it reads no origin any more.
    fn detached(&self, actual: &DistributionActual) -> bool {
        !actual.config.enabled
    }

    fn output(&self, actual: &DistributionActual) -> Option<DistributionOutput> {
        let (id, arn, domain) = (actual.id.clone(), actual.arn.clone(), actual.domain.clone());
        Some(DistributionOutput { id, arn, domain })
    }

    fn predict_output(
        &self,
        _: &DistributionDesired,
        actual: Option<&DistributionActual>,
    ) -> Option<DistributionOutput> {
        actual.and_then(|actual| self.output(actual))
    }
}
