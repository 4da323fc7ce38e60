//! What is there of a distribution.

use std::collections::BTreeMap;

use aws_sdk_cloudfront::types::DistributionConfig;

#[derive(Debug, Clone, PartialEq)]
pub struct DistributionActual {
    pub(in crate::targets::aws::resources) id: String,
    pub(super) arn: String,
    pub(in crate::targets::aws::resources) domain: String,
    pub(super) status: String,
    pub(in crate::targets::aws::resources) etag: String,
    pub(in crate::targets::aws::resources) config: DistributionConfig,
    pub(super) tags: BTreeMap<String, String>,
}
