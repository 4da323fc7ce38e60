//! The security headers of the page, the same on CloudFront and on the local gateway.

use std::collections::BTreeMap;

/// The prefix of an inline script's hash in a content security policy.
pub(crate) const SCRIPT: &str = "'sha256-";
/// The number of characters of a hash that identify a script in a plan.
const SHORT_DIGEST: usize = 12;

/// Browser features that no page of a twin needs.
pub(crate) const PERMISSIONS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
pub(crate) const REFERRER: &str = "strict-origin-when-cross-origin";

/// Returns the policy: it allows the page's own files and the inline scripts with these hashes.
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

/// Returns the hashes of inline scripts, by their first characters. Plans show them by these keys.
pub(crate) fn scripts_by_digest<'a>(scripts: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, String> {
    let named = scripts.into_iter().map(|script| {
        let digest = script.trim_start_matches(SCRIPT).trim_end_matches('\'');
        (digest.get(..SHORT_DIGEST).unwrap_or(digest).to_owned(), script.to_owned())
    });
    named.collect()
}
