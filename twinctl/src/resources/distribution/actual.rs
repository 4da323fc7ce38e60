//! What is there of a distribution; after a crash that may be some of its parts only.

use std::collections::BTreeMap;

use aws_sdk_cloudfront::types::{DistributionConfig, OriginAccessControlSummary, ResponseHeadersPolicy};

use super::headers;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct DistributionActual {
    pub(super) access: Option<AccessActual>,
    pub(super) function: Option<FunctionActual>,
    pub(super) headers: Option<HeadersActual>,
    pub(super) there: Option<ThereActual>,
}

/// The origin access control.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AccessActual {
    pub(super) id: String,
    pub(super) comment: String,
    pub(super) signing: String,
}

/// The function, as far as it is written; what runs is `live`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FunctionActual {
    pub(super) etag: String,
    pub(super) comment: String,
    pub(super) runtime: String,
    pub(super) live: Option<String>,
}

/// The response headers policy.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct HeadersActual {
    pub(super) id: String,
    pub(super) comment: String,
    pub(super) headers: BTreeMap<String, String>,
}

/// The distribution itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ThereActual {
    pub(super) id: String,
    pub(super) arn: String,
    pub(super) domain: String,
    pub(super) status: String,
    pub(super) etag: String,
    pub(super) config: DistributionConfig,
    pub(super) tags: BTreeMap<String, String>,
}

impl DistributionActual {
    pub(super) fn or_none(self) -> Option<Self> {
        let some = self.access.is_some()
            || self.function.is_some()
            || self.headers.is_some()
            || self.there.is_some();
        some.then_some(self)
    }

    /// A part with our name and another comment: none of them can be tagged.
    pub(super) fn foreign_part(&self, marker: &str, comment: &str) -> Option<String> {
        let foreign = |is: Option<&String>| is.is_some_and(|is| is != comment);
        if foreign(self.access.as_ref().map(|part| &part.comment)) {
            return Some(format!("the origin access control `{marker}`"));
        }
        if foreign(self.function.as_ref().map(|part| &part.comment)) {
            return Some(format!("the CloudFront function `{marker}-paths`"));
        }
        foreign(self.headers.as_ref().map(|part| &part.comment))
            .then(|| format!("the response headers policy `{marker}`"))
    }
}

impl From<OriginAccessControlSummary> for AccessActual {
    fn from(access: OriginAccessControlSummary) -> Self {
        let kind = access.origin_access_control_origin_type;
        let (behaviour, protocol) = (access.signing_behavior, access.signing_protocol);
        let signing = format!("{kind}, {behaviour}, {protocol}");
        Self { id: access.id, comment: access.description, signing }
    }
}

impl From<ResponseHeadersPolicy> for HeadersActual {
    fn from(policy: ResponseHeadersPolicy) -> Self {
        let config = policy.response_headers_policy_config;
        let headers = config.as_ref().map(headers::facts).unwrap_or_default();
        let comment = config.and_then(|config| config.comment).unwrap_or_default();
        Self { id: policy.id, comment, headers }
    }
}
