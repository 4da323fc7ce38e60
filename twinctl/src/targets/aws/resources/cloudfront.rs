//! Shared code of the CloudFront resources.

use aws_sdk_cloudfront::types::{DistributionSummary, ResponseHeadersPolicy, ResponseHeadersPolicyType};
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

/// Lists the distributions of the account.
pub(crate) async fn distributions(cloud: &Cloud) -> Result<Vec<DistributionSummary>, Fault> {
    let listed = cloud.cloudfront.list_distributions().into_paginator().items().send();
    listed.collect::<Result<_, _>>().await.fault("cloudfront:ListDistributions")
}

/// Lists the response headers policies of the account, without those of AWS. The SDK has no paginator for them.
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
