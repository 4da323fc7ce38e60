//! Summarizes a configuration, so that two configurations with the same effect compare as equal.

use std::collections::BTreeMap;

use aws_sdk_cloudfront::types::{
    CacheBehaviors, CustomErrorResponse, CustomErrorResponses, CustomHeaders, CustomOriginConfig,
    DistributionConfig, GeoRestriction, GeoRestrictionType, Origin, Origins,
};

use super::{
    super::delivery::DeliveryOutput,
    AliasOwner,
    behavior::{describe, function, methods, policy},
};

/// The header with the origin secret.
pub(crate) const SECRET_HEADER: &str = "x-origin-secret";

/// Our resources, whose ids are replaced by their name.
pub(super) struct Known<'a> {
    pub(super) marker: &'a str,
    pub(super) delivery: &'a DeliveryOutput,
}

impl<'a> Known<'a> {
    fn access(&self, id: &'a str) -> &'a str {
        if self.delivery.access_id == id { self.marker } else { id }
    }

    fn headers(&self, id: &'a str) -> &'a str {
        if self.delivery.headers_id == id { self.marker } else { id }
    }
}

/// The fields that the domain owns, if there is one.
const DOMAIN_FIELDS: [&str; 2] = ["aliases", "certificate"];

pub(super) type Summary = BTreeMap<String, String>;

#[expect(deprecated, reason = "legacy settings may have been set by hand")]
pub(super) fn summarize(config: &DistributionConfig, known: &Known<'_>, alias_owner: AliasOwner) -> Summary {
    let mut summary = general(config);
    if alias_owner == AliasOwner::Domain {
        summary.retain(|name, _| !DOMAIN_FIELDS.contains(&name.as_str()));
    }
    for origin in config.origins.iter().flat_map(Origins::items) {
        summary.insert(format!("origin.{}", origin.id), describe_origin(origin, known));
    }
    if let Some(pages) = &config.default_cache_behavior {
        summary.insert("path.*".to_owned(), describe!(pages, known));
    }
    for behavior in config.cache_behaviors.iter().flat_map(CacheBehaviors::items) {
        summary.insert(format!("path.{}", behavior.path_pattern), describe!(behavior, known));
    }
    summary
}

fn general(config: &DistributionConfig) -> Summary {
    let mut summary = Summary::new();
    let mut add = |name: &str, value: Option<String>| {
        let value = value.filter(|value| !value.is_empty());
        summary.extend(value.map(|value| (name.to_owned(), value)));
    };
    add("enabled", Some(config.enabled.to_string()));
    add("root_object", config.default_root_object.clone());
    add("price_class", config.price_class.as_ref().map(ToString::to_string));
    add("http_version", config.http_version.as_ref().map(ToString::to_string));
    add("ipv6", config.is_ipv6_enabled.map(|enabled| enabled.to_string()));
    add("aliases", config.aliases.as_ref().map(|aliases| aliases.items().join(", ")));
    let certificate = config.viewer_certificate.as_ref();
    let custom = certificate.filter(|each| each.cloud_front_default_certificate != Some(true));
    let arn = custom.map(|each| each.acm_certificate_arn.clone().unwrap_or("another".to_owned()));
    add("certificate", arn);
    let restriction = config.restrictions.as_ref().and_then(|all| all.geo_restriction.as_ref());
    add("countries", restriction.and_then(countries));
    let logging = config.logging.as_ref().filter(|logging| logging.enabled);
    add("logging", logging.map(|logging| logging.bucket.clone()));
    let groups = config.origin_groups.as_ref().filter(|groups| groups.quantity > 0);
    add("origin_groups", groups.map(|groups| groups.quantity.to_string()));
    let errors = config.custom_error_responses.iter().flat_map(CustomErrorResponses::items);
    let mut errors: Vec<_> = errors.map(error).collect();
    errors.sort_unstable();
    add("errors", Some(errors.join(", ")));
    summary
}

fn countries(restriction: &GeoRestriction) -> Option<String> {
    let kind = &restriction.restriction_type;
    (*kind != GeoRestrictionType::None).then(|| format!("{kind} {}", restriction.items().join(", ")))
}

fn error(error: &CustomErrorResponse) -> String {
    let ttl = error.error_caching_min_ttl.unwrap_or(10);
    let page = error.response_page_path.as_deref().filter(|page| !page.is_empty());
    match (ttl, page) {
        (0, None) => format!("{} not cached", error.error_code),
        (ttl, None) => format!("{} cached for {ttl} s", error.error_code),
        (ttl, Some(page)) => format!("{} as {page} cached for {ttl} s", error.error_code),
    }
}

fn describe_origin(origin: &Origin, known: &Known<'_>) -> String {
    let mut settings = vec![match &origin.custom_origin_config {
        Some(custom) => format!("{} {}", origin.domain_name, describe_custom(custom)),
        None => origin.domain_name.clone(),
    }];
    let access = origin.origin_access_control_id.as_deref().filter(|id| !id.is_empty());
    settings.extend(access.map(|id| format!("access control {}", known.access(id))));
    let identity = origin.s3_origin_config.as_ref().map(|s3| s3.origin_access_identity.as_str());
    settings.extend(identity.filter(|id| !id.is_empty()).map(|id| format!("identity {id}")));
    settings.extend(origin.origin_path.clone().filter(|path| !path.is_empty()));
    let headers = origin.custom_headers.iter().flat_map(CustomHeaders::items);
    let headers = headers.filter(|header| !header.header_name.eq_ignore_ascii_case(SECRET_HEADER));
    settings.extend(headers.map(|header| format!("header {}", header.header_name)));
    let shield = origin.origin_shield.as_ref().is_some_and(|shield| shield.enabled);
    settings.extend(shield.then(|| "origin shield".to_owned()));
    settings.extend(origin.vpc_origin_config.as_ref().map(|vpc| format!("VPC origin {}", vpc.vpc_origin_id)));
    let (attempts, timeout) = (origin.connection_attempts, origin.connection_timeout);
    if (attempts.unwrap_or(3), timeout.unwrap_or(10)) != (3, 10) {
        settings.push(format!("{attempts:?} attempts of {timeout:?} s"));
    }
    settings.join(", ")
}

fn describe_custom(custom: &CustomOriginConfig) -> String {
    let protocols = custom.origin_ssl_protocols.as_ref().map(|ssl| &ssl.items);
    let protocols: Vec<_> = protocols.into_iter().flatten().map(ToString::to_string).collect();
    format!(
        "{} {}/{}, {}, {} s, keep-alive {} s",
        custom.origin_protocol_policy,
        custom.http_port,
        custom.https_port,
        protocols.join("+"),
        custom.origin_read_timeout.unwrap_or_default(),
        custom.origin_keepalive_timeout.unwrap_or_default(),
    )
}

/// Returns the origin secret. It must never be part of a summary.
pub(super) fn origin_secret<'a>(config: &'a DistributionConfig, origin: &str) -> Option<&'a str> {
    let origin = config.origins.as_ref()?.items.iter().find(|each| each.id == origin)?;
    let headers = origin.custom_headers.as_ref()?.items();
    let header = headers.iter().find(|header| header.header_name.eq_ignore_ascii_case(SECRET_HEADER))?;
    Some(&header.header_value)
}
