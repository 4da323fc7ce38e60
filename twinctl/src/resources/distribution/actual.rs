//! What is there of a distribution.

use std::collections::BTreeMap;

use aws_sdk_cloudfront::types::DistributionConfig;

#[derive(Debug, Clone, PartialEq)]
pub struct DistributionActual {
    pub(super) id: String,
    pub(super) arn: String,
    pub(super) domain: String,
    pub(super) status: String,
    pub(super) etag: String,
    pub(super) config: DistributionConfig,
    pub(super) tags: BTreeMap<String, String>,
}
