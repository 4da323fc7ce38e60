//! Rejects requests that a page of another site makes a visitor's browser send. Each would cost the owner a call of the
//! model.

use contract::api;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use super::error_response::ErrorResponse;

/// A header that browsers send. Other programs usually do not.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Checks a request to the API. A browser sends JSON to another origin only after a preflight request, which succeeds
/// only for allowed origins. It sends other types of content without one, so they are rejected.
pub(super) fn check(
    method: &Method,
    headers: &HeaderMap,
    allowed_origins: &[String],
) -> Result<(), ErrorResponse> {
    let is_json = |value: &HeaderValue| value.to_str().is_ok_and(api::is_json);
    let is_allowed =
        |origin: &HeaderValue| allowed_origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes());
    if method != Method::POST || headers.get(header::ORIGIN).is_some_and(is_allowed) {
        Ok(())
    } else if headers.get(FETCH_SITE).is_some_and(|site| site == "cross-site") {
        Err(ErrorResponse::CrossSite)
    } else if headers.get(header::CONTENT_TYPE).is_some_and(is_json) {
        Ok(())
    } else {
        Err(ErrorResponse::NotJson)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOWED: &str = "https://ada.example";

    fn check_post(headers: &[(&'static str, &'static str)]) -> Result<(), ErrorResponse> {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        check(&Method::POST, &headers.collect(), &[ALLOWED.to_owned()])
    }

    #[test]
    fn json_is_accepted_from_the_own_page_and_from_programs() {
        for content_type in ["application/json", "Application/JSON; charset=utf-8"] {
            let content_type = ("content-type", content_type);
            assert_eq!(check_post(&[content_type]), Ok(()));
            for site in ["same-origin", "same-site", "none"] {
                let origin = ("origin", "http://localhost:8080");
                assert_eq!(check_post(&[content_type, origin, ("sec-fetch-site", site)]), Ok(()));
            }
        }
    }

    #[test]
    fn posts_that_browsers_send_without_asking_are_rejected() {
        assert_eq!(check_post(&[]), Err(ErrorResponse::NotJson));
        for content_type in ["text/plain", "text/plain; application/json", "", "application/jsonp"] {
            assert_eq!(check_post(&[("content-type", content_type)]), Err(ErrorResponse::NotJson));
        }
    }

    #[test]
    fn pages_of_other_sites_are_rejected_unless_their_origin_is_allowed() {
        let cross_site = [("content-type", "application/json"), ("sec-fetch-site", "cross-site")];
        assert_eq!(check_post(&cross_site), Err(ErrorResponse::CrossSite));
        for origin in ["null", "https://evil.example", "https://ada.example.evil.example"] {
            let headers = [cross_site[0], cross_site[1], ("origin", origin)];
            assert_eq!(check_post(&headers), Err(ErrorResponse::CrossSite), "{origin}");
        }
        assert_eq!(check_post(&[cross_site[0], cross_site[1], ("origin", ALLOWED)]), Ok(()));
        assert_eq!(check(&Method::GET, &HeaderMap::new(), &[]), Ok(()));
    }
}
