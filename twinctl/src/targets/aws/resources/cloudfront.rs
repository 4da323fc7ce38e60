//! Shared code of the CloudFront resources.

use std::collections::BTreeMap;

use aws_sdk_cloudfront::types::{
    DistributionSummary, Origin, Origins, ResponseHeadersPolicy, ResponseHeadersPolicyType, Tag, Tags,
};
use aws_smithy_types::error::operation::BuildError;
use reconcile::{Class, Fault};

use crate::targets::aws::{Cloud, SdkResult};

/// Returns what was built. Every required member must have been set.
pub(super) fn built<T>(result: Result<T, BuildError>) -> T {
    result.expect("every required member is given")
}

/// The fault for a response to a write that lacks the written resource.
pub(super) fn incomplete() -> Fault {
    Fault::new(Class::Stale, "CloudFront's response lacks the resource that was written")
}

/// Converts tags to the SDK's type.
pub(crate) fn tags<T: Into<String>>(tags: impl IntoIterator<Item = (T, T)>) -> Tags {
    let tags = tags.into_iter().map(|(key, value)| built(Tag::builder().key(key).value(value).build()));
    Tags::builder().set_items(Some(tags.collect())).build()
}

/// Converts tags from the SDK's type.
pub(crate) fn tag_map(tags: Option<Tags>) -> BTreeMap<String, String> {
    let tags = tags.and_then(|tags| tags.items).unwrap_or_default();
    tags.into_iter().map(|tag| (tag.key, tag.value.unwrap_or_default())).collect()
}

/// Lists the distributions of the account.
pub(crate) async fn distributions(cloud: &Cloud) -> Result<Vec<DistributionSummary>, Fault> {
    let listed = cloud.cloudfront.list_distributions().into_paginator().items().send();
    listed.collect::<Result<_, _>>().await.fault("cloudfront:ListDistributions")
}

/// Returns the distributions of an environment: those with its comment, else the enabled ones that another tool created in
/// front of its web bucket.
pub(crate) fn of_environment<'a>(
    all: &'a [DistributionSummary],
    comment: &str,
    web_bucket: Option<&str>,
) -> Vec<&'a DistributionSummary> {
    let ours: Vec<_> = all.iter().filter(|each| each.comment == comment).collect();
    if !ours.is_empty() {
        return ours;
    }
    let is_former =
        |bucket| move |each: &&DistributionSummary| each.enabled && reads(each, bucket).next().is_some();
    web_bucket.map(|bucket| all.iter().filter(is_former(bucket)).collect()).unwrap_or_default()
}

/// Returns the origins of a distribution that are this bucket, at its REST or its website endpoint.
fn reads<'a>(distribution: &'a DistributionSummary, bucket: &str) -> impl Iterator<Item = &'a Origin> {
    distribution.origins.iter().flat_map(Origins::items).filter(move |origin| {
        let endpoint = origin.domain_name.strip_prefix(bucket);
        endpoint.is_some_and(|endpoint| endpoint.starts_with(".s3.") || endpoint.starts_with(".s3-"))
    })
}

/// A distribution that reads a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    pub(super) arn: String,
    /// All edge locations read the bucket with an origin access control.
    pub(super) is_controlled: bool,
}

/// Lists the enabled distributions that read a bucket.
pub(super) async fn readers(cloud: &Cloud, bucket: &str) -> Result<Vec<Reader>, Fault> {
    let all = distributions(cloud).await?;
    let reader = |each: &DistributionSummary| {
        let mut origins = reads(each, bucket).peekable();
        origins.peek()?;
        let has_control =
            |origin: &Origin| origin.origin_access_control_id.as_ref().is_some_and(|id| !id.is_empty());
        let is_controlled = each.status == "Deployed" && origins.all(has_control);
        each.enabled.then(|| Reader { arn: each.arn.clone(), is_controlled })
    };
    Ok(all.iter().filter_map(reader).collect())
}

/// Lists the response headers policies of the account, without AWS's own policies. The SDK has no paginator for them.
pub(crate) async fn headers_policies(cloud: &Cloud) -> Result<Vec<ResponseHeadersPolicy>, Fault> {
    let mut policies = Vec::new();
    let mut marker = None;
    loop {
        let request = cloud.cloudfront.list_response_headers_policies();
        let request = request.r#type(ResponseHeadersPolicyType::Custom).set_marker(marker.take());
        let page = request.send().await.fault("cloudfront:ListResponseHeadersPolicies")?;
        let Some(page) = page.response_headers_policy_list else { return Ok(policies) };
        policies.extend(page.items.into_iter().flatten().filter_map(|each| each.response_headers_policy));
        marker = page.next_marker.filter(|next| !next.is_empty());
        if marker.is_none() {
            return Ok(policies);
        }
    }
}
