//! What a configuration amounts to: the same for two configurations that do the same.

use std::collections::BTreeMap;

use aws_sdk_cloudfront::types::{
    CacheBehaviors, CustomErrorResponse, CustomErrorResponses, CustomHeaders, CustomOriginConfig,
    DistributionConfig, GeoRestriction, GeoRestrictionType, Origin, Origins,
};

use super::{
    super::delivery::DeliveryOutput,
    Named,
    behaviour::{function, methods, policy, words},
    config::SECRET_HEADER,
};

/// Ids of our own things, which say nothing to a person.
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

/// What the domain sees to, where there is one.
const OF_DOMAIN: [&str; 2] = ["aliases", "certificate"];

pub(super) type Facts = BTreeMap<String, String>;

#[expect(deprecated, reason = "what came before cache policies may still be set by hand")]
pub(super) fn facts(config: &DistributionConfig, known: &Known<'_>, named: Named) -> Facts {
    let mut facts = general(config);
    if named == Named::ByDomain {
        facts.retain(|name, _| !OF_DOMAIN.contains(&name.as_str()));
    }
    for origin in config.origins.iter().flat_map(Origins::items) {
        facts.insert(format!("origin.{}", origin.id), origin_words(origin, known));
    }
    if let Some(pages) = &config.default_cache_behavior {
        facts.insert("path.*".to_owned(), words!(pages, known));
    }
    for behaviour in config.cache_behaviors.iter().flat_map(CacheBehaviors::items) {
        facts.insert(format!("path.{}", behaviour.path_pattern), words!(behaviour, known));
    }
    facts
}

fn general(config: &DistributionConfig) -> Facts {
    let mut facts = Facts::new();
    let mut fact = |name: &str, value: Option<String>| {
        let value = value.filter(|value| !value.is_empty());
        facts.extend(value.map(|value| (name.to_owned(), value)));
    };
    fact("enabled", Some(config.enabled.to_string()));
    fact("root_object", config.default_root_object.clone());
    fact("price_class", config.price_class.as_ref().map(ToString::to_string));
    fact("http_version", config.http_version.as_ref().map(ToString::to_string));
    fact("ipv6", config.is_ipv6_enabled.map(|is| is.to_string()));
    fact("firewall", config.web_acl_id.clone());
    fact("aliases", config.aliases.as_ref().map(|aliases| aliases.items().join(", ")));
    let certificate = config.viewer_certificate.as_ref();
    let foreign = certificate.filter(|is| is.cloud_front_default_certificate != Some(true));
    fact("certificate", foreign.map(|is| is.acm_certificate_arn.clone().unwrap_or("another".to_owned())));
    let restriction = config.restrictions.as_ref().and_then(|all| all.geo_restriction.as_ref());
    fact("countries", restriction.and_then(countries));
    let logging = config.logging.as_ref().filter(|logging| logging.enabled);
    fact("logging", logging.map(|logging| logging.bucket.clone()));
    let groups = config.origin_groups.as_ref().filter(|groups| groups.quantity > 0);
    fact("origin_groups", groups.map(|groups| groups.quantity.to_string()));
    let errors = config.custom_error_responses.iter().flat_map(CustomErrorResponses::items);
    let mut errors: Vec<_> = errors.map(error).collect();
    errors.sort_unstable();
    fact("errors", Some(errors.join(", ")));
    facts
}

fn countries(restriction: &GeoRestriction) -> Option<String> {
    let kind = &restriction.restriction_type;
    (*kind != GeoRestrictionType::None).then(|| format!("{kind} {}", restriction.items().join(", ")))
}

fn error(error: &CustomErrorResponse) -> String {
    let kept = error.error_caching_min_ttl.unwrap_or(10);
    let page = error.response_page_path.as_deref().filter(|page| !page.is_empty());
    match (kept, page) {
        (0, None) => format!("{} not kept", error.error_code),
        (kept, None) => format!("{} kept for {kept} s", error.error_code),
        (kept, Some(page)) => format!("{} as {page} kept for {kept} s", error.error_code),
    }
}

fn origin_words(origin: &Origin, known: &Known<'_>) -> String {
    let mut words = vec![match &origin.custom_origin_config {
        Some(custom) => format!("{} {}", origin.domain_name, custom_words(custom)),
        None => origin.domain_name.clone(),
    }];
    let access = origin.origin_access_control_id.as_deref().filter(|id| !id.is_empty());
    words.extend(access.map(|id| format!("access control {}", known.access(id))));
    let identity = origin.s3_origin_config.as_ref().map(|s3| s3.origin_access_identity.as_str());
    words.extend(identity.filter(|id| !id.is_empty()).map(|id| format!("identity {id}")));
    words.extend(origin.origin_path.clone().filter(|path| !path.is_empty()));
    let headers = origin.custom_headers.iter().flat_map(CustomHeaders::items);
    let headers = headers.filter(|header| !header.header_name.eq_ignore_ascii_case(SECRET_HEADER));
    words.extend(headers.map(|header| format!("header {}", header.header_name)));
    let shield = origin.origin_shield.as_ref().is_some_and(|shield| shield.enabled);
    words.extend(shield.then(|| "shielded".to_owned()));
    words.extend(origin.vpc_origin_config.as_ref().map(|vpc| format!("in {}", vpc.vpc_origin_id)));
    let (attempts, timeout) = (origin.connection_attempts, origin.connection_timeout);
    if (attempts.unwrap_or(3), timeout.unwrap_or(10)) != (3, 10) {
        words.push(format!("{attempts:?} attempts of {timeout:?} s"));
    }
    words.join(", ")
}

fn custom_words(custom: &CustomOriginConfig) -> String {
    let protocols = custom.origin_ssl_protocols.as_ref().map(|ssl| &ssl.items);
    let protocols: Vec<_> = protocols.into_iter().flatten().map(ToString::to_string).collect();
    format!(
        "{} {}/{}, {}, {} s, kept {} s",
        custom.origin_protocol_policy,
        custom.http_port,
        custom.https_port,
        protocols.join("+"),
        custom.origin_read_timeout.unwrap_or_default(),
        custom.origin_keepalive_timeout.unwrap_or_default(),
    )
}

/// The secret that the API knows us by, which must not get into any words.
pub(super) fn secret<'a>(config: &'a DistributionConfig, origin: &str) -> Option<&'a str> {
    let origin = config.origins.as_ref()?.items.iter().find(|each| each.id == origin)?;
    let headers = origin.custom_headers.as_ref()?.items();
    let header = headers.iter().find(|header| header.header_name.eq_ignore_ascii_case(SECRET_HEADER))?;
    Some(&header.header_value)
}
