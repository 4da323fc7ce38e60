//! What is there of a distribution.

use std::collections::BTreeMap;

use aws_sdk_cloudfront::types::DistributionConfig;

#[derive(Debug, Clone, PartialEq)]
pub struct DistributionActual {
    pub(crate) id: String,
    pub(super) arn: String,
    pub(crate) domain: String,
    pub(super) status: String,
    pub(crate) etag: String,
    pub(crate) config: DistributionConfig,
    pub(super) tags: BTreeMap<String, String>,
}
