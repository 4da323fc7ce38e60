//! The response headers policy.

use aws_sdk_cloudfront::types::{
    ResponseHeadersPolicyConfig, ResponseHeadersPolicyCustomHeadersConfig,
    ResponseHeadersPolicyRemoveHeadersConfig, ResponseHeadersPolicySecurityHeadersConfig,
};
use reconcile::Fault;

use super::hcl::{Body, Resource};
use crate::targets::aws::{Cloud, SdkResult};

pub(super) async fn policy(cloud: &Cloud, id: &str) -> Result<Resource, Fault> {
    let found = cloud.cloudfront.get_response_headers_policy_config().id(id).send().await;
    let config = found.fault("cloudfront:GetResponseHeadersPolicy")?.response_headers_policy_config;
    let body = config.as_ref().map_or_else(Body::new, body);
    Ok(Resource::new("aws_cloudfront_response_headers_policy", "page", id, body).provides("id", id))
}

/// CORS headers are left out: twinctl's policy has none.
fn body(config: &ResponseHeadersPolicyConfig) -> Body {
    let custom = config.custom_headers_config.as_ref().map(ResponseHeadersPolicyCustomHeadersConfig::items);
    let custom = custom.map(|items| {
        let header = |each: &aws_sdk_cloudfront::types::ResponseHeadersPolicyCustomHeader| {
            Body::new()
                .set("header", &*each.header)
                .set("value", &*each.value)
                .set("override", each.r#override)
        };
        Body::new().blocks("items", items.iter().map(header))
    });
    let removed = config.remove_headers_config.as_ref().map(ResponseHeadersPolicyRemoveHeadersConfig::items);
    let removed = removed.map(|items| {
        Body::new().blocks("items", items.iter().map(|each| Body::new().set("header", &*each.header)))
    });
    let timing = config.server_timing_headers_config.as_ref().map(|timing| {
        Body::new()
            .set("enabled", timing.enabled)
            .set("sampling_rate", timing.sampling_rate.unwrap_or_default())
    });
    Body::new()
        .set("name", &*config.name)
        .set_some("comment", config.comment.clone())
        .blocks("security_headers_config", config.security_headers_config.as_ref().map(security))
        .blocks("custom_headers_config", custom)
        .blocks("remove_headers_config", removed)
        .blocks("server_timing_headers_config", timing)
}

fn security(security: &ResponseHeadersPolicySecurityHeadersConfig) -> Body {
    let overriding = |wins: bool| Body::new().set("override", wins);
    let policy = security.content_security_policy.as_ref().map(|policy| {
        overriding(policy.r#override).set("content_security_policy", &*policy.content_security_policy)
    });
    let options = security.content_type_options.as_ref().map(|options| overriding(options.r#override));
    let frame = security.frame_options.as_ref();
    let frame =
        frame.map(|frame| overriding(frame.r#override).set("frame_option", frame.frame_option.as_str()));
    let referrer = security.referrer_policy.as_ref().map(|referrer| {
        overriding(referrer.r#override).set("referrer_policy", referrer.referrer_policy.as_str())
    });
    let transport = security.strict_transport_security.as_ref().map(|transport| {
        overriding(transport.r#override)
            .set("access_control_max_age_sec", transport.access_control_max_age_sec)
            .set_some("include_subdomains", transport.include_subdomains)
            .set_some("preload", transport.preload)
    });
    let xss = security.xss_protection.as_ref().map(|xss| {
        overriding(xss.r#override)
            .set("protection", xss.protection)
            .set_some("mode_block", xss.mode_block)
            .set_some("report_uri", xss.report_uri.clone())
    });
    Body::new()
        .blocks("content_security_policy", policy)
        .blocks("content_type_options", options)
        .blocks("frame_options", frame)
        .blocks("referrer_policy", referrer)
        .blocks("strict_transport_security", transport)
        .blocks("xss_protection", xss)
}
