//! The door's own answers, in the form that the API gives its.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use http_body_util::{Either, Full};
use hyper::body::Bytes;
use serde_json::json;

use super::body::Content;
use crate::system::clock;

pub(super) const CORRELATION: HeaderName = HeaderName::from_static("x-correlation-id");

/// Why the door answers in the API's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Too many requests, until then.
    Throttled(Duration),
    /// There is no backend yet, or none again.
    Starting,
    /// The backend ended while it had this request.
    CutOff,
    TooLarge,
    TooSlow,
    /// The visitor asked for us by a name that is not ours.
    Misdirected,
}

impl Trouble {
    fn status(self) -> StatusCode {
        match self {
            Self::Throttled(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Starting => StatusCode::SERVICE_UNAVAILABLE,
            Self::CutOff => StatusCode::BAD_GATEWAY,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Throttled(_) => "throttled",
            Self::Starting => "starting",
            Self::CutOff => "cut_off",
            Self::TooLarge => "body_too_large",
            Self::TooSlow => "body_too_slow",
            Self::Misdirected => "misdirected",
        }
    }

    /// A sentence that a page can print as it is.
    fn detail(self) -> &'static str {
        match self {
            Self::Throttled(_) => "There are a lot of requests right now. Please wait a little.",
            Self::Starting => "The twin is starting. Please try again in a moment.",
            Self::CutOff => "The twin was interrupted. Please try again.",
            Self::TooLarge => "The request is too large.",
            Self::TooSlow => "The request did not arrive in time.",
            Self::Misdirected => "This twin does not answer to that name.",
        }
    }

    fn retry_after(self) -> Option<u64> {
        match self {
            // Whole seconds, so a part of one is one more.
            Self::Throttled(wait) => {
                Some(wait.as_millis().div_ceil(1000).max(1).try_into().unwrap_or(u64::MAX))
            }
            Self::Starting | Self::CutOff => Some(1),
            Self::TooLarge | Self::TooSlow | Self::Misdirected => None,
        }
    }

    pub(super) fn answer(self, correlation: &HeaderValue) -> Response<Content> {
        let body = json!({
            "detail": self.detail(),
            "code": self.code(),
            "correlation_id": correlation.to_str().unwrap_or_default(),
        });
        let mut response = whole(self.status(), "application/json", body.to_string());
        let headers = response.headers_mut();
        headers.insert(CORRELATION, correlation.clone());
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.extend(self.retry_after().map(|seconds| (header::RETRY_AFTER, seconds.into())));
        response
    }
}

pub(super) fn whole(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Content> {
    let mut response = Response::new(Either::Left(Full::new(body.into())));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// The visitor's own id where it is a sane one, otherwise one of ours.
pub(super) fn correlation(headers: &HeaderMap) -> HeaderValue {
    let sane = |value: &&HeaderValue| {
        (1..=64).contains(&value.len())
            && value.as_bytes().iter().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(b))
    };
    let sent = headers.get(CORRELATION).filter(sane).cloned();
    sent.or_else(|| clock::unique_id().try_into().ok()).unwrap_or(HeaderValue::from_static("none"))
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    async fn shown(trouble: Trouble) -> String {
        let response = trouble.answer(&HeaderValue::from_static("abc"));
        let (head, body) = response.into_parts();
        let wait = head.headers.get(header::RETRY_AFTER).map_or("-", |wait| wait.to_str().unwrap());
        let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        format!("{} {wait} {body}", head.status.as_u16())
    }

    #[tokio::test]
    async fn every_trouble_is_told_in_the_api_s_form() {
        let mut all = Vec::new();
        for trouble in [
            Trouble::Throttled(Duration::from_millis(10)),
            Trouble::Throttled(Duration::from_millis(2_001)),
            Trouble::Starting,
            Trouble::CutOff,
            Trouble::TooLarge,
            Trouble::TooSlow,
            Trouble::Misdirected,
        ] {
            all.push(shown(trouble).await);
        }
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn a_sane_id_is_kept() {
        let of = |sent: &str| {
            correlation(&HeaderMap::from_iter([(CORRELATION, sent.parse().unwrap())]))
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
