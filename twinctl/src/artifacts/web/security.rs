//! The security headers of the page, the same on CloudFront and on the local gateway.

use std::collections::BTreeMap;

use super::PageSources;

/// The prefix of an inline script's hash in a content security policy.
pub(crate) const SCRIPT: &str = "'sha256-";
/// The number of characters of a hash that identify a script in a plan.
const SHORT_DIGEST: usize = 12;

/// Browser features that no page of a twin needs.
pub(crate) const PERMISSIONS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
pub(crate) const REFERRER: &str = "strict-origin-when-cross-origin";

/// The directives that the policy of each page can have.
const USUAL: [&str; 8] = [
    "connect-src",
    "default-src",
    "font-src",
    "form-action",
    "img-src",
    "script-src",
    "style-src",
    "style-src-attr",
];

/// Returns the policy: it allows the page's own files, the inline scripts with these hashes, and these sources.
pub(crate) fn content_security_policy(
    script_hashes: &[String],
    sources: &PageSources,
    frame_ancestors: &[String],
) -> String {
    let scripts: Vec<&str> =
        std::iter::once("'self'").chain(script_hashes.iter().map(String::as_str)).collect();
    let ancestors = match frame_ancestors {
        [] => "'none'".to_owned(),
        list => list.join(" "),
    };
    let directives = [
        Some(sources.directive("default-src", &["'self'"])),
        Some(sources.directive("script-src", &scripts)),
        Some(sources.directive("style-src", &["'self'"])),
        sources.optional_directive("style-src-attr", &[]),
        Some(sources.directive("img-src", &["'self'", "data:"])),
        sources.optional_directive("font-src", &["'self'"]),
        Some(sources.directive("connect-src", &["'self'"])),
        Some("object-src 'none'".to_owned()),
        Some("base-uri 'none'".to_owned()),
        Some(sources.directive("form-action", &["'self'"])),
        Some(format!("frame-ancestors {ancestors}")),
    ];
    let directives = directives.into_iter().flatten().chain(sources.more_directives(&USUAL));
    directives.collect::<Vec<_>>().join("; ")
}

/// Returns the hashes of inline scripts, by their first characters. Plans show them by these keys.
pub(crate) fn scripts_by_digest<'a>(scripts: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, String> {
    let named = scripts.into_iter().map(|script| {
        let digest = script.trim_start_matches(SCRIPT).trim_end_matches('\'');
        (digest.get(..SHORT_DIGEST).unwrap_or(digest).to_owned(), script.to_owned())
    });
    named.collect()
}
