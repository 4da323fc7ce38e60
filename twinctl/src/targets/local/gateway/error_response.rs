//! Responses that the gateway sends itself, in the format of the API.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::{Either, Full};
use hyper::body::Bytes;
use serde_json::json;

use super::request_record::ResponseBody;
use crate::system::clock;

pub(super) const CORRELATION_ID: HeaderName = HeaderName::from_static(contract::api::CORRELATION_ID_HEADER);

/// Why the gateway responds instead of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ErrorResponse {
    /// Too many requests. One is accepted after this time.
    Throttled(Duration),
    /// The backend is not running yet, or is being restarted.
    Starting,
    /// The backend exited while it processed this request.
    Interrupted,
    /// The backend did not complete its response.
    TooSlow,
    BodyTooLarge,
    BodyTooSlow,
    /// The `Host` header does not name this twin.
    WrongHost,
    /// A page of another site sent a message.
    CrossSite,
    /// The content type of a message is not JSON.
    NotJson,
}

impl ErrorResponse {
    fn status(self) -> StatusCode {
        match self {
            Self::Throttled(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Starting => StatusCode::SERVICE_UNAVAILABLE,
            Self::Interrupted => StatusCode::BAD_GATEWAY,
            Self::TooSlow => StatusCode::GATEWAY_TIMEOUT,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::WrongHost => StatusCode::MISDIRECTED_REQUEST,
            Self::CrossSite => StatusCode::FORBIDDEN,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Throttled(_) => "throttled",
            Self::Starting => "starting",
            Self::Interrupted => "cut_off",
            Self::TooSlow => "too_slow",
            Self::BodyTooLarge => "body_too_large",
            Self::BodyTooSlow => "body_too_slow",
            Self::WrongHost => "misdirected",
            Self::CrossSite => "cross_site",
            // As in twin-lambda.
            Self::NotJson => "unsupported_media_type",
        }
    }

    /// Returns a sentence that the page can show to the visitor.
    fn detail(self) -> &'static str {
        match self {
            Self::Throttled(_) => "There are a lot of requests right now. Please wait a little.",
            Self::Starting => "The twin is starting. Please try again in a moment.",
            Self::TooSlow => "The twin took too long. Please try again.",
            Self::Interrupted => "The twin was interrupted. Please try again.",
            Self::BodyTooLarge => "The request is too large.",
            Self::BodyTooSlow => "The request did not arrive in time.",
            Self::WrongHost => "This twin does not answer to that name.",
            Self::CrossSite => "This twin does not accept messages from pages of other sites.",
            Self::NotJson => "The body must be sent as application/json.",
        }
    }

    fn retry_after(self) -> Option<u64> {
        match self {
            // `Retry-After` is in whole seconds, so this rounds up.
            Self::Throttled(wait) => {
                Some(wait.as_millis().div_ceil(1000).max(1).try_into().unwrap_or(u64::MAX))
            }
            Self::Starting | Self::Interrupted | Self::TooSlow => Some(1),
            Self::BodyTooLarge | Self::BodyTooSlow | Self::WrongHost | Self::CrossSite | Self::NotJson => {
                None
            }
        }
    }

    pub(super) fn response(self, correlation_id: &HeaderValue) -> Response<ResponseBody> {
        let body = json!({
            "detail": self.detail(),
            "code": self.code(),
            "correlation_id": correlation_id.to_str().unwrap_or_default(),
        });
        let mut response = complete_response(self.status(), "application/json", body.to_string());
        let headers = response.headers_mut();
        headers.insert(CORRELATION_ID, correlation_id.clone());
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.extend(self.retry_after().map(|seconds| (header::RETRY_AFTER, seconds.into())));
        response
    }
}

pub(super) fn complete_response(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<ResponseBody> {
    let mut response = Response::new(Either::Left(Full::new(body.into())));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Returns the correlation id that the visitor sent, if it is valid, or a new one.
pub(super) fn correlation_id(headers: &HeaderMap) -> HeaderValue {
    let is_valid = |value: &&HeaderValue| {
        (1..=64).contains(&value.len())
            && value.as_bytes().iter().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(b))
    };
    let sent = headers.get(CORRELATION_ID).filter(is_valid).cloned();
    sent.or_else(|| clock::unique_id().try_into().ok()).unwrap_or(HeaderValue::from_static("none"))
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    async fn rendered(error: ErrorResponse) -> String {
        let response = error.response(&HeaderValue::from_static("abc"));
        let (head, body) = response.into_parts();
        let wait = head.headers.get(header::RETRY_AFTER).map_or("-", |wait| wait.to_str().unwrap());
        let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        format!("{} {wait} {body}", head.status.as_u16())
    }

    #[tokio::test]
    async fn error_responses_have_the_format_of_the_api() {
        let mut all = Vec::new();
        for error in [
            ErrorResponse::Throttled(Duration::from_millis(10)),
            ErrorResponse::Throttled(Duration::from_millis(2_001)),
            ErrorResponse::Starting,
            ErrorResponse::Interrupted,
            ErrorResponse::TooSlow,
            ErrorResponse::BodyTooLarge,
            ErrorResponse::BodyTooSlow,
            ErrorResponse::WrongHost,
            ErrorResponse::CrossSite,
            ErrorResponse::NotJson,
        ] {
            all.push(rendered(error).await);
        }
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn a_valid_correlation_id_is_kept() {
        let of = |sent: &str| {
            correlation_id(&HeaderMap::from_iter([(CORRELATION_ID, sent.parse().unwrap())]))
                .to_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(of("a-1_2.3:b"), "a-1_2.3:b");
        for sent in ["", "a b", "<script>", &"x".repeat(65)] {
            assert_ne!(of(sent), sent);
        }
    }
}
