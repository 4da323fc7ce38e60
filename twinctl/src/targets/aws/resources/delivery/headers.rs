//! The response headers policy: what a browser may do with the page.

use std::collections::BTreeMap;

use aws_sdk_cloudfront::types::{
    FrameOptionsList, ReferrerPolicyList, ResponseHeadersPolicyConfig as Config,
    ResponseHeadersPolicyContentSecurityPolicy as ContentSecurityPolicy,
    ResponseHeadersPolicyContentTypeOptions as ContentTypeOptions,
    ResponseHeadersPolicyCustomHeader as CustomHeader,
    ResponseHeadersPolicyCustomHeadersConfig as CustomHeaders,
    ResponseHeadersPolicyFrameOptions as FrameOptions, ResponseHeadersPolicyReferrerPolicy as ReferrerPolicy,
    ResponseHeadersPolicyRemoveHeadersConfig as RemovedHeaders,
    ResponseHeadersPolicySecurityHeadersConfig as SecurityHeaders,
    ResponseHeadersPolicyStrictTransportSecurity as StrictTransportSecurity,
};

use crate::{
    artifacts::web::{
        PERMISSIONS, PageSources, REFERRER, SCRIPT, content_security_policy, scripts_by_digest,
    },
    targets::aws::resources::cloudfront::built,
};

const TWO_YEARS: i32 = 63_072_000;
const CSP: &str = "content-security-policy";

/// Returns the policy for a page with these inline scripts, other sources and frame ancestors.
pub(super) fn policy(
    name: &str,
    comment: &str,
    script_hashes: &[String],
    sources: &PageSources,
    frame_ancestors: &[String],
) -> Config {
    let permissions =
        CustomHeader::builder().header("permissions-policy").value(PERMISSIONS).r#override(true);
    let custom = CustomHeaders::builder().quantity(1).items(built(permissions.build()));
    built(
        Config::builder()
            .name(name)
            .comment(comment)
            .security_headers_config(security(script_hashes, sources, frame_ancestors))
            .custom_headers_config(built(custom.build()))
            .build(),
    )
}

fn security(script_hashes: &[String], sources: &PageSources, frame_ancestors: &[String]) -> SecurityHeaders {
    let policy = content_security_policy(script_hashes, sources, frame_ancestors);
    let policy = ContentSecurityPolicy::builder().content_security_policy(policy);
    let referrer = ReferrerPolicy::builder().referrer_policy(ReferrerPolicyList::from(REFERRER));
    let transport = StrictTransportSecurity::builder()
        .access_control_max_age_sec(TWO_YEARS)
        .include_subdomains(false)
        .preload(false);
    let frame = FrameOptions::builder().frame_option(FrameOptionsList::Deny).r#override(true);
    // X-Frame-Options cannot list origins. If any may frame the page, only the content security policy lists them.
    let frame = frame_ancestors.is_empty().then(|| built(frame.build()));
    SecurityHeaders::builder()
        .content_security_policy(built(policy.r#override(true).build()))
        .content_type_options(built(ContentTypeOptions::builder().r#override(true).build()))
        .referrer_policy(built(referrer.r#override(true).build()))
        .strict_transport_security(built(transport.r#override(true).build()))
        .set_frame_options(frame)
        .build()
}

/// Returns the value of each header. Two policies with the same effect have the same summary.
pub(super) fn summarize(config: &Config) -> BTreeMap<String, String> {
    let mut headers = BTreeMap::new();
    if let Some(security) = &config.security_headers_config {
        summarize_security(&mut headers, security);
    }
    let custom = config.custom_headers_config.iter().flat_map(CustomHeaders::items);
    headers
        .extend(custom.map(|custom| {
            (custom.header.to_ascii_lowercase(), overriding(&custom.value, custom.r#override))
        }));
    if let Some(cors) = &config.cors_config {
        let origins = cors.access_control_allow_origins.as_ref().map(|origins| origins.items().join(" "));
        headers.insert("access-control-allow-origin".to_owned(), origins.unwrap_or_default());
    }
    if config.server_timing_headers_config.as_ref().is_some_and(|timing| timing.enabled) {
        headers.insert("server-timing".to_owned(), "on".to_owned());
    }
    let removed = config.remove_headers_config.iter().flat_map(RemovedHeaders::items);
    headers.extend(removed.map(|removed| (removed.header.to_ascii_lowercase(), "removed".to_owned())));
    headers
}

fn summarize_security(headers: &mut BTreeMap<String, String>, security: &SecurityHeaders) {
    let mut add = |header: &str, value: String, wins: bool| {
        headers.insert(header.to_owned(), overriding(&value, wins));
    };
    if let Some(policy) = &security.content_security_policy {
        for (part, value) in summarize_csp(&policy.content_security_policy) {
            add(&part, value, policy.r#override);
        }
    }
    if let Some(options) = &security.content_type_options {
        add("x-content-type-options", "nosniff".to_owned(), options.r#override);
    }
    if let Some(referrer) = &security.referrer_policy {
        add("referrer-policy", referrer.referrer_policy.to_string(), referrer.r#override);
    }
    if let Some(frame) = &security.frame_options {
        add("x-frame-options", frame.frame_option.to_string(), frame.r#override);
    }
    if let Some(transport) = &security.strict_transport_security {
        let mut value = format!("max-age={}", transport.access_control_max_age_sec);
        for (set, word) in
            [(transport.include_subdomains, "includeSubDomains"), (transport.preload, "preload")]
        {
            if set == Some(true) {
                value = format!("{value}; {word}");
            }
        }
        add("strict-transport-security", value, transport.r#override);
    }
    if let Some(xss) = &security.xss_protection {
        add("x-xss-protection", u8::from(xss.protection).to_string(), xss.r#override);
    }
}

/// Returns a content security policy, and separately each inline script and style that it allows, because a plan shortens
/// long values.
fn summarize_csp(policy: &str) -> Vec<(String, String)> {
    let mut parts = Vec::new();
    let mut take_hashes = |directive: &str, kind: &str| {
        let (hashes, others): (Vec<_>, Vec<_>) =
            directive.split(' ').partition(|source| source.starts_with(SCRIPT));
        let hashes = scripts_by_digest(hashes).into_iter();
        parts.extend(hashes.map(|(digest, hash)| (format!("{CSP}.{kind}.{digest}"), hash)));
        others.join(" ")
    };
    let directives = policy.split(';').map(|directive| match directive.trim_start() {
        scripts if scripts.starts_with("script-src ") => take_hashes(directive, "script"),
        styles if styles.starts_with("style-src ") => take_hashes(directive, "style"),
        _ => directive.to_owned(),
    });
    let rest = directives.collect::<Vec<_>>().join(";");
    parts.push((CSP.to_owned(), rest));
    parts
}

fn overriding(value: &str, wins: bool) -> String {
    if wins { value.to_owned() } else { format!("{value} (unless the origin sets it)") }
}

#[cfg(test)]
mod tests {
    use super::summarize_csp;

    #[test]
    fn each_inline_script_is_a_separate_value() {
        let policy = "default-src 'self'; script-src 'self' 'sha256-tHDPDcg7CBSwqQ=' 'sha256-abc='; style-src 'self' 'sha256-x'";
        let parts: Vec<_> =
            summarize_csp(policy).into_iter().map(|(part, value)| format!("{part}: {value}")).collect();
        insta::assert_snapshot!(parts.join("\n"), @"
        content-security-policy.script.abc=: 'sha256-abc='
        content-security-policy.script.tHDPDcg7CBSw: 'sha256-tHDPDcg7CBSwqQ='
        content-security-policy.style.x: 'sha256-x'
        content-security-policy: default-src 'self'; script-src 'self'; style-src 'self'
        ");
    }
}
