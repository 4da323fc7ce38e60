//! The headers that every answer carries: what a browser may do with the page.

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

use super::{super::cloudfront::built, DeliveryDesired};
use crate::artifacts::web::{PERMISSIONS, REFERRER, SCRIPT, content_security_policy, scripts_by_digest};

const TWO_YEARS: i32 = 63_072_000;
const CSP: &str = "content-security-policy";

pub(super) fn policy(name: &str, comment: &str, desired: &DeliveryDesired) -> Config {
    let permissions =
        CustomHeader::builder().header("permissions-policy").value(PERMISSIONS).r#override(true);
    let custom = CustomHeaders::builder().quantity(1).items(built(permissions.build()));
    built(
        Config::builder()
            .name(name)
            .comment(comment)
            .security_headers_config(security(desired))
            .custom_headers_config(built(custom.build()))
            .build(),
    )
}

fn security(desired: &DeliveryDesired) -> SecurityHeaders {
    let policy = content_security_policy(&desired.script_hashes, &desired.frame_ancestors);
    let policy = ContentSecurityPolicy::builder().content_security_policy(policy);
    let referrer = ReferrerPolicy::builder().referrer_policy(ReferrerPolicyList::from(REFERRER));
    let transport = StrictTransportSecurity::builder()
        .access_control_max_age_sec(TWO_YEARS)
        .include_subdomains(false)
        .preload(false);
    let frame = FrameOptions::builder().frame_option(FrameOptionsList::Deny).r#override(true);
    // It knows no list: where somebody may frame the page, the content security policy alone says who.
    let frame = desired.frame_ancestors.is_empty().then(|| built(frame.build()));
    SecurityHeaders::builder()
        .content_security_policy(built(policy.r#override(true).build()))
        .content_type_options(built(ContentTypeOptions::builder().r#override(true).build()))
        .referrer_policy(built(referrer.r#override(true).build()))
        .strict_transport_security(built(transport.r#override(true).build()))
        .set_frame_options(frame)
        .build()
}

/// What a policy does, header by header: the same for two policies that do the same.
pub(super) fn facts(config: &Config) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::new();
    if let Some(security) = &config.security_headers_config {
        security_facts(&mut facts, security);
    }
    let custom = config.custom_headers_config.iter().flat_map(CustomHeaders::items);
    facts
        .extend(custom.map(|custom| {
            (custom.header.to_ascii_lowercase(), overriding(&custom.value, custom.r#override))
        }));
    if let Some(cors) = &config.cors_config {
        let origins = cors.access_control_allow_origins.as_ref().map(|origins| origins.items().join(" "));
        facts.insert("access-control-allow-origin".to_owned(), origins.unwrap_or_default());
    }
    if config.server_timing_headers_config.as_ref().is_some_and(|timing| timing.enabled) {
        facts.insert("server-timing".to_owned(), "on".to_owned());
    }
    let removed = config.remove_headers_config.iter().flat_map(RemovedHeaders::items);
    facts.extend(removed.map(|removed| (removed.header.to_ascii_lowercase(), "removed".to_owned())));
    facts
}

fn security_facts(facts: &mut BTreeMap<String, String>, security: &SecurityHeaders) {
    let mut fact = |header: &str, value: String, wins: bool| {
        facts.insert(header.to_owned(), overriding(&value, wins));
    };
    if let Some(policy) = &security.content_security_policy {
        for (part, value) in policy_facts(&policy.content_security_policy) {
            fact(&part, value, policy.r#override);
        }
    }
    if let Some(options) = &security.content_type_options {
        fact("x-content-type-options", "nosniff".to_owned(), options.r#override);
    }
    if let Some(referrer) = &security.referrer_policy {
        fact("referrer-policy", referrer.referrer_policy.to_string(), referrer.r#override);
    }
    if let Some(frame) = &security.frame_options {
        fact("x-frame-options", frame.frame_option.to_string(), frame.r#override);
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
        fact("strict-transport-security", value, transport.r#override);
    }
    if let Some(xss) = &security.xss_protection {
        fact("x-xss-protection", u8::from(xss.protection).to_string(), xss.r#override);
    }
}

/// A content security policy, and beside it each inline script that it lets run: a plan shows no more of a long value
/// than its ends.
fn policy_facts(policy: &str) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut without = |directive: &str| {
        let (scripts, others): (Vec<_>, Vec<_>) =
            directive.split(' ').partition(|source| source.starts_with(SCRIPT));
        let scripts = scripts_by_digest(scripts).into_iter();
        facts.extend(scripts.map(|(digest, script)| (format!("{CSP}.script.{digest}"), script)));
        others.join(" ")
    };
    let directives = policy.split(';').map(|directive| match directive.trim_start() {
        scripts if scripts.starts_with("script-src ") => without(directive),
        _ => directive.to_owned(),
    });
    let rest = directives.collect::<Vec<_>>().join(";");
    facts.push((CSP.to_owned(), rest));
    facts
}

fn overriding(value: &str, wins: bool) -> String {
    if wins { value.to_owned() } else { format!("{value} (unless the origin says otherwise)") }
}

#[cfg(test)]
mod tests {
    use super::policy_facts;

    #[test]
    fn each_inline_script_is_seen_by_itself() {
        let policy = "default-src 'self'; script-src 'self' 'sha256-tHDPDcg7CBSwqQ=' 'sha256-abc='; style-src 'sha256-x'";
        let facts: Vec<_> =
            policy_facts(policy).into_iter().map(|(part, value)| format!("{part}: {value}")).collect();
        insta::assert_snapshot!(facts.join("\n"), @"
        content-security-policy.script.abc=: 'sha256-abc='
        content-security-policy.script.tHDPDcg7CBSw: 'sha256-tHDPDcg7CBSwqQ='
        content-security-policy: default-src 'self'; script-src 'self'; style-src 'sha256-x'
        ");
    }
}
