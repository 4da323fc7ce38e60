//! The CloudFront distribution in front of the page and the API.

mod behavior;
mod compare;
mod config;
mod find;
mod push;
pub(crate) mod summary;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use aws_sdk_cloudfront::types::DistributionConfig;
use reconcile::{Backoff, Change, Changes, Fault, Ownership, Pushed, Removed, Resource, Status, Wait};

use super::delivery::DeliveryOutput;
use crate::spec::WebAclArn;
use crate::targets::{
    aws::{Cloud, Labels, Permission, RequiredPermissions, names::Names, permissions::NEW},
    record::OriginSecret,
};

pub use find::sends_everywhere;

/// CloudFront takes minutes to deploy a change to all edge locations, and reports no progress meanwhile.
const DEPLOYING: Backoff = Backoff::from_millis(2_000, 15_000, 1_800_000);
const DEPLOYED: &str = "Deployed";

/// A distribution has no name, so it is found by the marker in its comment.
#[derive(Debug)]
pub struct Distribution {
    marker: String,
    labels: Labels,
    /// See [`Distribution::found_before`].
    recorded_id: Option<String>,
    /// See [`Distribution::in_front_of`].
    web_bucket: Option<String>,
    /// See [`Distribution::protected_by`].
    web_acl: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistributionDesired {
    /// The environment's random id. With the marker, it is the caller reference, by which CloudFront recognizes a
    /// repeated creation.
    pub birth: String,
    /// The regional hostname of the web bucket.
    pub bucket_host: String,
    /// The URL of the API.
    pub api_endpoint: String,
    /// The URL of the stream API. `None` if the environment does not stream.
    pub stream_endpoint: Option<String>,
    /// The secrets by which the function recognizes requests from CloudFront. One of them must be sent.
    pub origin_secrets: Vec<OriginSecret>,
    pub delivery: DeliveryOutput,
    pub alias_owner: AliasOwner,
}

/// Which node owns the distribution's aliases and their certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AliasOwner {
    /// The distribution itself: it has no aliases.
    Distribution,
    /// The domain, which writes them to the same configuration.
    Domain,
}

#[derive(Debug, Clone, PartialEq)]
pub struct DistributionActual {
    pub(crate) id: String,
    arn: String,
    pub(crate) domain: String,
    status: String,
    pub(crate) etag: String,
    pub(crate) config: DistributionConfig,
    tags: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistributionOutput {
    pub id: String,
    pub arn: String,
    pub domain: String,
    /// The web ACL that was attached outside twinctl.
    pub web_acl: Option<String>,
}

impl DistributionOutput {
    /// Returns what may forbid changes. The API does not report flat-rate pricing plans, but each of them attaches a
    /// web ACL.
    pub(crate) fn note(&self) -> Option<String> {
        let web_acl = self.web_acl.as_ref()?;
        Some(format!(
            "twinctl keeps the web ACL of the distribution {} ({web_acl}). If it belongs to a CloudFront flat-rate plan, \
             which twinctl cannot verify, the plan allows at most five behaviors and only managed cache policies, and \
             the distribution cannot be deleted before the end of the billing cycle: see the plan and its end date in the \
             CloudFront console",
            self.id
        ))
    }
}

impl DistributionActual {
    fn web_acl(&self) -> Option<&String> {
        self.config.web_acl_id.as_ref().filter(|web_acl| !web_acl.is_empty())
    }
}

impl DistributionDesired {
    /// Returns the secret to send: the existing one, if the function accepts it.
    fn origin_secret<'a>(&'a self, existing: Option<&'a str>) -> &'a str {
        let mut accepted = self.origin_secrets.iter().map(OriginSecret::as_str);
        let first = accepted.clone().next().unwrap_or_default();
        existing.and_then(|existing| accepted.find(|secret| *secret == existing)).unwrap_or(first)
    }
}

impl Distribution {
    pub fn new(marker: impl Into<String>, labels: Labels) -> Self {
        Self { marker: marker.into(), labels, recorded_id: None, web_bucket: None, web_acl: None }
    }

    /// Sets the id at the last release, so that the distribution is read without listing all of them. If it does not
    /// exist, all are listed.
    #[must_use]
    pub fn found_before(self, id: Option<&str>) -> Self {
        Self { recorded_id: id.map(ToOwned::to_owned), ..self }
    }

    /// If no distribution has our comment, one that another tool created in front of this bucket is found. Its address can
    /// then be taken over. A second distribution would leave visitors of the first without a page.
    #[must_use]
    pub fn in_front_of(self, web_bucket: &str) -> Self {
        Self { web_bucket: Some(web_bucket.to_owned()), ..self }
    }

    /// Sets the web ACL to attach. With `None`, an attached web ACL stays.
    #[must_use]
    pub fn protected_by(self, web_acl: Option<&WebAclArn>) -> Self {
        Self { web_acl: web_acl.map(ToString::to_string), ..self }
    }

    fn comment(&self) -> String {
        format!("twinctl {}", self.marker)
    }
}

/// Returns the wait until all edge locations use the configuration.
pub(super) fn deploying() -> Wait {
    Wait::new("CloudFront to deploy the distribution (usually 3 to 6 minutes)", DEPLOYING)
}

impl RequiredPermissions for Distribution {
    fn required_permissions(&self, names: &Names) -> Vec<Permission> {
        let all = || [names.distribution_arn("*")];
        let look = &["cloudfront:GetDistribution", "cloudfront:ListTagsForResource"];
        let change = &[
            "cloudfront:DeleteDistribution",
            "cloudfront:TagResource",
            "cloudfront:UntagResource",
            "cloudfront:UpdateDistribution",
        ];
        // CloudFront checks that the caller can see the web ACL.
        let web_acl = self.web_acl.clone();
        let web_acl = web_acl.map(|arn| Permission::write("AttachWebAcl", &["wafv2:GetWebACL"], [arn]));
        let permissions = [
            Permission::read("ListDistributions", &["cloudfront:ListDistributions"], ["*".to_owned()]),
            Permission::read("LookAtDistribution", look, all()),
            Permission::write("MakeDistribution", &["cloudfront:CreateDistribution"], ["*".to_owned()]),
            Permission::write(
                "TagNewDistribution",
                &["cloudfront:TagResource"],
                [names.distribution_arn(NEW)],
            )
            .with_our_tags(names),
            Permission::write("ChangeDistribution", change, all()).on_our_resources(names),
        ];
        permissions.into_iter().chain(web_acl).collect()
    }
}

impl Resource for Distribution {
    type Cloud = Cloud;
    type Desired = DistributionDesired;
    type Actual = DistributionActual;
    type Output = DistributionOutput;
    /// The id, once it is known. Later reads then need no listing.
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
        Box::pin(self.find(cloud, memory)).await
    }

    fn ownership(&self, actual: &DistributionActual) -> Ownership {
        let what = format!("the distribution {} (`{}`)", actual.id, actual.config.comment);
        self.labels.ownership(&actual.tags, &what)
    }

    fn diff(&self, desired: &DistributionDesired, actual: Option<&DistributionActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        self.compare(&mut changes, desired, actual);
        self.labels.compare(&mut changes, actual.map(|actual| &actual.tags));
        changes.into_vec()
    }

    fn status(&self, actual: &DistributionActual) -> Status {
        if actual.status == DEPLOYED { Status::Ready } else { Status::Settling(deploying()) }
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

    /// A disabled distribution does not use its origins.
    fn detached(&self, actual: &DistributionActual) -> bool {
        !actual.config.enabled
    }

    fn output(&self, actual: &DistributionActual) -> Option<DistributionOutput> {
        let (id, arn, domain) = (actual.id.clone(), actual.arn.clone(), actual.domain.clone());
        let web_acl = actual.web_acl().filter(|web_acl| Some(*web_acl) != self.web_acl.as_ref()).cloned();
        Some(DistributionOutput { id, arn, domain, web_acl })
    }

    fn predict_output(
        &self,
        _: &DistributionDesired,
        actual: Option<&DistributionActual>,
    ) -> Option<DistributionOutput> {
        actual.and_then(|actual| self.output(actual))
    }
}
