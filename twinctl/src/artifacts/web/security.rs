//! What a browser may do with the page: the headers of every answer, whichever front gives it.

use std::collections::BTreeMap;

/// How the name of an inline script begins in a content security policy.
pub(crate) const SCRIPT: &str = "'sha256-";
/// So much of a hash tells scripts apart.
const TOLD: usize = 12;

/// No page of a twin needs any of these.
pub(crate) const PERMISSIONS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
pub(crate) const REFERRER: &str = "strict-origin-when-cross-origin";

/// The page's own files, the inline scripts that it was built with, and nothing else.
pub(crate) fn content_security_policy(script_hashes: &[String], frame_ancestors: &[String]) -> String {
    let listed = |first: &str, more: &[String]| {
        let all: Vec<_> = std::iter::once(first).chain(more.iter().map(String::as_str)).collect();
        all.join(" ")
    };
    let ancestors = match frame_ancestors {
        [] => "'none'".to_owned(),
        list => list.join(" "),
    };
    [
        "default-src 'self'".to_owned(),
        listed("script-src 'self'", script_hashes),
        "style-src 'self'".to_owned(),
        "img-src 'self' data:".to_owned(),
        "connect-src 'self'".to_owned(),
        "object-src 'none'".to_owned(),
        "base-uri 'none'".to_owned(),
        "form-action 'self'".to_owned(),
        format!("frame-ancestors {ancestors}"),
    ]
    .join("; ")
}

/// Inline scripts by the beginnings of their hashes, for whoever shows them one by one.
pub(crate) fn scripts_by_digest<'a>(scripts: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, String> {
    let named = scripts.into_iter().map(|script| {
        let digest = script.trim_start_matches(SCRIPT).trim_end_matches('\'');
        (digest.get(..TOLD).unwrap_or(digest).to_owned(), script.to_owned())
    });
    named.collect()
}
