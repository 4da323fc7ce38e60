//! Headers that the gateway adds and removes.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::visitor::FORWARDED_FOR;
use crate::artifacts::web::{PERMISSIONS, PageSources, REFERRER, content_security_policy};

const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// The headers of every response. `Strict-Transport-Security` is missing, because the gateway has no certificate.
#[derive(Debug, Clone)]
pub(super) struct SecurityHeaders(HeaderMap);

impl SecurityHeaders {
    pub(super) fn new(script_hashes: &[String], sources: &PageSources, frame_ancestors: &[String]) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static(REFERRER));
        headers.insert(PERMISSIONS_POLICY, HeaderValue::from_static(PERMISSIONS));
        // `X-Frame-Options` cannot list origins. If some may embed the page, only the content security policy lists
        // them.
        if frame_ancestors.is_empty() {
            headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        }
        let policy = content_security_policy(script_hashes, sources, frame_ancestors);
        headers.extend(policy.try_into().ok().map(|policy| (header::CONTENT_SECURITY_POLICY, policy)));
        Self(headers)
    }

    pub(super) fn add_to(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.0 {
            headers.insert(name, value.clone());
        }
    }
}

/// Removes the headers that apply to one connection only.
pub(super) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    let always = [
        header::CONNECTION,
        KEEP_ALIVE,
        header::PROXY_AUTHENTICATE,
        header::PROXY_AUTHORIZATION,
        header::TE,
        header::TRAILER,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
    ];
    for name in named.iter().chain(&always) {
        headers.remove(name);
    }
}

/// Adds the `X-Forwarded-*` headers, and removes those that the backend must not get. The backend counts the last address as
/// the visitor's address.
pub(super) fn add_forwarded(headers: &mut HeaderMap, visitor: IpAddr) {
    let previous = headers.get(FORWARDED_FOR).and_then(|value| value.to_str().ok());
    let chain = previous.map_or_else(|| visitor.to_string(), |previous| format!("{previous}, {visitor}"));
    headers.extend(chain.try_into().ok().map(|chain| (FORWARDED_FOR, chain)));
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static("http"));
    // The HTTP client sets `Host` to the backend's address, so the original host is passed on in another header.
    let host = headers.remove(header::HOST);
    headers.extend(host.map(|host| (FORWARDED_HOST, host)));
    // The gateway has already sent `100 Continue`.
    headers.remove(header::EXPECT);
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect()
    }

    fn text(headers: &HeaderMap) -> String {
        let mut lines: Vec<_> =
            headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        lines.sort();
        lines.join("\n")
    }

    #[test]
    fn responses_have_the_headers_of_the_distribution() {
        let mut plain = HeaderMap::new();
        SecurityHeaders::new(&["'sha256-x'".to_owned()], &PageSources::default(), &[]).add_to(&mut plain);
        insta::assert_snapshot!(text(&plain), @r"
        content-security-policy: default-src 'self'; script-src 'self' 'sha256-x'; style-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'
        permissions-policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()
        referrer-policy: strict-origin-when-cross-origin
        x-content-type-options: nosniff
        x-frame-options: DENY
        ");
        let mut framed = HeaderMap::new();
        SecurityHeaders::new(&[], &PageSources::default(), &["https://a.example".to_owned()])
            .add_to(&mut framed);
        assert!(!framed.contains_key(header::X_FRAME_OPTIONS));
        assert!(text(&framed).contains("frame-ancestors https://a.example"));
    }

    #[test]
    fn hop_by_hop_headers_are_removed() {
        let mut all = headers(&[
            ("connection", "close, X-Private"),
            ("x-private", "1"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "websocket"),
            ("accept", "text/event-stream"),
        ]);
        remove_hop_by_hop(&mut all);
        assert_eq!(text(&all), "accept: text/event-stream");
    }

    #[test]
    fn forwarded_headers_name_the_visitor_and_the_host() {
        let mut direct = headers(&[("host", "localhost:8080"), ("expect", "100-continue")]);
        add_forwarded(&mut direct, Ipv4Addr::LOCALHOST.into());
        insta::assert_snapshot!(text(&direct), @r"
        x-forwarded-for: 127.0.0.1
        x-forwarded-host: localhost:8080
        x-forwarded-proto: http
        ");
        let mut forwarded = headers(&[("x-forwarded-for", "10.0.0.1")]);
        add_forwarded(&mut forwarded, Ipv4Addr::LOCALHOST.into());
        assert!(text(&forwarded).contains("x-forwarded-for: 10.0.0.1, 127.0.0.1"));
    }
}
