//! The actual state of a delivery. After a crash, only some of its parts may exist.

use std::collections::BTreeMap;

use aws_sdk_cloudfront::types::{OriginAccessControlSummary, ResponseHeadersPolicy};

use super::headers;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct DeliveryActual {
    pub(super) access: Option<AccessActual>,
    pub(super) function: Option<FunctionActual>,
    pub(super) headers: Option<HeadersActual>,
}

/// The origin access control.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AccessActual {
    pub(super) id: String,
    pub(super) comment: String,
    pub(super) signing: String,
}

/// The paths function. All members but `live` describe the development stage.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FunctionActual {
    pub(super) etag: String,
    pub(super) comment: String,
    pub(super) runtime: String,
    /// The code that is published.
    pub(super) live: Option<String>,
}

/// The response headers policy.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct HeadersActual {
    pub(super) id: String,
    pub(super) comment: String,
    pub(super) headers: BTreeMap<String, String>,
}

impl DeliveryActual {
    /// Returns the first part that exists if none of them has our comment. If one has, all parts are ours, and a
    /// different comment is a manual change.
    pub(super) fn unmanaged_part(&self, marker: &str, comment: &str) -> Option<String> {
        let parts = [
            (self.access.as_ref().map(|part| &part.comment), format!("the origin access control `{marker}`")),
            (
                self.function.as_ref().map(|part| &part.comment),
                format!("the CloudFront function `{marker}-paths`"),
            ),
            (
                self.headers.as_ref().map(|part| &part.comment),
                format!("the response headers policy `{marker}`"),
            ),
        ];
        let mut existing = parts.into_iter().filter_map(|(actual, part)| Some((actual?, part))).peekable();
        let (_, first) = existing.peek().cloned()?;
        existing.all(|(actual, _)| actual != comment).then_some(first)
    }
}

impl From<OriginAccessControlSummary> for AccessActual {
    fn from(access: OriginAccessControlSummary) -> Self {
        let kind = access.origin_access_control_origin_type;
        let (behavior, protocol) = (access.signing_behavior, access.signing_protocol);
        let signing = format!("{kind}, {behavior}, {protocol}");
        Self { id: access.id, comment: access.description, signing }
    }
}

impl From<ResponseHeadersPolicy> for HeadersActual {
    fn from(policy: ResponseHeadersPolicy) -> Self {
        let config = policy.response_headers_policy_config;
        let headers = config.as_ref().map(headers::summarize).unwrap_or_default();
        let comment = config.and_then(|config| config.comment).unwrap_or_default();
        Self { id: policy.id, comment, headers }
    }
}
