//! The headers that change on the way: what every answer carries, and what a request tells the backend.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::artifacts::web::{PERMISSIONS, REFERRER, content_security_policy};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// What every answer carries. Without a certificate there is nothing to say about transport security.
#[derive(Debug, Clone)]
pub(super) struct Security(HeaderMap);

impl Security {
    pub(super) fn new(script_hashes: &[String], frame_ancestors: &[String]) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static(REFERRER));
        headers.insert(PERMISSIONS_POLICY, HeaderValue::from_static(PERMISSIONS));
        // It knows no list: where somebody may frame the page, the content security policy alone says who.
        if frame_ancestors.is_empty() {
            headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        }
        let policy = content_security_policy(script_hashes, frame_ancestors);
        headers.extend(policy.try_into().ok().map(|policy| (header::CONTENT_SECURITY_POLICY, policy)));
        Self(headers)
    }

    pub(super) fn add_to(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.0 {
            headers.insert(name, value.clone());
        }
    }
}

/// Takes out what is meant for the next hop only.
pub(super) fn drop_hop_by_hop(headers: &mut HeaderMap) {
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

/// Tells the backend who asked, and for what.
pub(super) fn forward(headers: &mut HeaderMap, visitor: IpAddr) {
    let before = headers.get(FORWARDED_FOR).and_then(|value| value.to_str().ok());
    let chain = before.map_or_else(|| visitor.to_string(), |before| format!("{before}, {visitor}"));
    headers.extend(chain.try_into().ok().map(|chain| (FORWARDED_FOR, chain)));
    headers.insert(FORWARDED_PROTO, HeaderValue::from_static("http"));
    // The connection to the backend names the backend.
    let host = headers.remove(header::HOST);
    headers.extend(host.map(|host| (FORWARDED_HOST, host)));
    // The door has answered it itself.
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
    fn every_answer_carries_what_the_distribution_adds() {
        let mut plain = HeaderMap::new();
        Security::new(&["'sha256-x'".to_owned()], &[]).add_to(&mut plain);
        insta::assert_snapshot!(text(&plain), @r"
        content-security-policy: default-src 'self'; script-src 'self' 'sha256-x'; style-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'
        permissions-policy: camera=(), geolocation=(), microphone=(), payment=(), usb=()
        referrer-policy: strict-origin-when-cross-origin
        x-content-type-options: nosniff
        x-frame-options: DENY
        ");
        let mut framed = HeaderMap::new();
        Security::new(&[], &["https://a.example".to_owned()]).add_to(&mut framed);
        assert!(!framed.contains_key(header::X_FRAME_OPTIONS));
        assert!(text(&framed).contains("frame-ancestors https://a.example"));
    }

    #[test]
    fn what_is_for_the_next_hop_stays_there() {
        let mut all = headers(&[
            ("connection", "close, X-Private"),
            ("x-private", "1"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "websocket"),
            ("accept", "text/event-stream"),
        ]);
        drop_hop_by_hop(&mut all);
        assert_eq!(text(&all), "accept: text/event-stream");
    }

    #[test]
    fn the_backend_learns_who_asked() {
        let mut fresh = headers(&[("host", "localhost:8080"), ("expect", "100-continue")]);
        forward(&mut fresh, Ipv4Addr::LOCALHOST.into());
        insta::assert_snapshot!(text(&fresh), @r"
        x-forwarded-for: 127.0.0.1
        x-forwarded-host: localhost:8080
        x-forwarded-proto: http
        ");
        let mut forwarded = headers(&[("x-forwarded-for", "10.0.0.1")]);
        forward(&mut forwarded, Ipv4Addr::LOCALHOST.into());
        assert!(text(&forwarded).contains("x-forwarded-for: 10.0.0.1, 127.0.0.1"));
    }
}
