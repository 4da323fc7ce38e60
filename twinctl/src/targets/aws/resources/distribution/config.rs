//! The distribution's configuration: our settings, applied to the existing configuration.

use aws_sdk_cloudfront::types::{
    Aliases, CacheBehavior, CacheBehaviors, CustomErrorResponse, CustomErrorResponses, CustomHeaders,
    CustomOriginConfig, DefaultCacheBehavior, DistributionConfig, EventType, FunctionAssociation,
    FunctionAssociations, GeoRestriction, GeoRestrictionType, HttpVersion, LambdaFunctionAssociations,
    LoggingConfig, Origin, OriginCustomHeader, OriginGroups, OriginProtocolPolicy, OriginShield,
    OriginSslProtocols, Origins, PriceClass, Restrictions, S3OriginConfig, SslProtocol, TrustedKeyGroups,
    TrustedSigners, ViewerCertificate, ViewerProtocolPolicy,
};

use super::{
    super::cloudfront::built,
    AliasOwner, DistributionDesired,
    behavior::{API, BUCKET, Rule, STREAM, apply_rule},
    summary::{SECRET_HEADER, origin_secret},
};
use crate::targets::aws::names::STREAM_STAGE;

/// The error statuses that must not be cached. By default, CloudFront caches them for ten seconds, even on paths without
/// caching. They have no error page, because it would also replace the API's own response.
const ERRORS: [i32; 9] = [400, 403, 404, 405, 500, 501, 502, 503, 504];
const API_TIMEOUT_S: i32 = 30;

/// The inputs of the configuration.
pub(super) struct Blueprint<'a> {
    pub(super) desired: &'a DistributionDesired,
    pub(super) comment: String,
    pub(super) reference: String,
    pub(super) function_arn: String,
    pub(super) web_acl: Option<&'a String>,
}

impl Blueprint<'_> {
    pub(super) fn new_config(&self) -> DistributionConfig {
        let empty = DistributionConfig::builder().caller_reference(&self.reference);
        self.apply_to(built(empty.comment(&self.comment).enabled(true).build()))
    }

    /// Applies our settings to an existing configuration. All other members are kept, because an update must repeat them.
    /// If the environment has no `waf`, the web ACL is one of them: a flat-rate pricing plan does not allow the removal
    /// of its web ACL.
    pub(super) fn apply_to(&self, live: DistributionConfig) -> DistributionConfig {
        let mut config = live;
        config.enabled = true;
        config.default_root_object = Some("index.html".to_owned());
        // Visitors can be anywhere, and a cheaper class only saves money with more traffic than a personal page has.
        config.price_class = Some(PriceClass::PriceClassAll);
        config.http_version = Some(HttpVersion::Http2and3);
        config.is_ipv6_enabled = Some(true);
        if self.desired.alias_owner == AliasOwner::Distribution {
            config.aliases = Some(built(Aliases::builder().quantity(0).build()));
            config.viewer_certificate = Some(certificate(config.viewer_certificate.take()));
        }
        if self.web_acl.is_some() {
            config.web_acl_id = self.web_acl.cloned();
        }
        config.restrictions = Some(unrestricted());
        config.logging = Some(unlogged());
        config.origin_groups = Some(built(OriginGroups::builder().quantity(0).build()));
        config.custom_error_responses = Some(errors());
        let secret = origin_secret(&config, API).map(ToOwned::to_owned);
        let secret = self.desired.origin_secret(secret.as_deref());
        config.origins = Some(self.origins(config.origins.take(), secret));
        config.default_cache_behavior = Some(self.pages(config.default_cache_behavior.take()));
        config.cache_behaviors = Some(self.api(config.cache_behaviors.take()));
        config
    }

    fn origins(&self, live: Option<Origins>, secret: &str) -> Origins {
        let live = live.map(|live| live.items).unwrap_or_default();
        let find = |id: &str| live.iter().find(|origin| origin.id == id).cloned();
        let mut origins =
            vec![self.bucket(find(BUCKET)), gateway(find(API), API, &self.desired.api_endpoint, secret)];
        if let Some(url) = &self.desired.stream_endpoint {
            let mut stream = gateway(find(STREAM), STREAM, url, secret);
            stream.origin_path = Some(format!("/{STREAM_STAGE}"));
            origins.push(stream);
        }
        let quantity = i32::try_from(origins.len()).unwrap_or_default();
        built(Origins::builder().quantity(quantity).set_items(Some(origins)).build())
    }

    fn bucket(&self, live: Option<Origin>) -> Origin {
        let mut origin = base_origin(live, BUCKET, &self.desired.bucket_host);
        let identity = S3OriginConfig::builder().origin_access_identity("");
        let known = origin.s3_origin_config.take();
        let timeout = known.and_then(|known| known.origin_read_timeout);
        origin.s3_origin_config = Some(identity.set_origin_read_timeout(timeout).build());
        origin.custom_origin_config = None;
        origin.origin_access_control_id = Some(self.desired.delivery.access_id.clone());
        origin.custom_headers = Some(built(CustomHeaders::builder().quantity(0).build()));
        origin
    }

    #[expect(deprecated, reason = "legacy settings may have been set by hand")]
    fn pages(&self, live: Option<DefaultCacheBehavior>) -> DefaultCacheBehavior {
        let new = || {
            let new = DefaultCacheBehavior::builder().target_origin_id(BUCKET);
            built(new.viewer_protocol_policy(ViewerProtocolPolicy::RedirectToHttps).build())
        };
        let mut behavior = live.unwrap_or_else(new);
        apply_rule!(behavior, self, Rule::pages());
        let rewrite = FunctionAssociation::builder().function_arn(&self.function_arn);
        let rewrite = built(rewrite.event_type(EventType::ViewerRequest).build());
        behavior.function_associations =
            Some(built(FunctionAssociations::builder().quantity(1).items(rewrite).build()));
        behavior
    }

    #[expect(deprecated, reason = "legacy settings may have been set by hand")]
    fn api(&self, live: Option<CacheBehaviors>) -> CacheBehaviors {
        let live = live.and_then(|live| live.items).unwrap_or_default();
        let all = contract::api::PATHS.map(|path| {
            let new = || {
                let new = CacheBehavior::builder().path_pattern(path).target_origin_id(API);
                built(new.viewer_protocol_policy(ViewerProtocolPolicy::HttpsOnly).build())
            };
            let mut behavior =
                live.iter().find(|each| each.path_pattern == path).cloned().unwrap_or_else(new);
            apply_rule!(behavior, self, Rule::api(path, self.desired.stream_endpoint.is_some()));
            behavior.function_associations = Some(built(FunctionAssociations::builder().quantity(0).build()));
            behavior
        });
        let all = all.to_vec();
        let quantity = i32::try_from(all.len()).unwrap_or_default();
        built(CacheBehaviors::builder().quantity(quantity).set_items(Some(all)).build())
    }
}

/// Returns an origin with the settings that do not depend on its type.
fn base_origin(live: Option<Origin>, id: &str, host: &str) -> Origin {
    let mut origin = live.unwrap_or_else(|| built(Origin::builder().id(id).domain_name(host).build()));
    host.clone_into(&mut origin.domain_name);
    origin.origin_path = Some(String::new());
    origin.vpc_origin_config = None;
    origin.connection_attempts = Some(3);
    origin.connection_timeout = Some(10);
    origin.origin_shield = Some(built(OriginShield::builder().enabled(false).build()));
    origin
}

/// Returns the origin of an API.
fn gateway(live: Option<Origin>, id: &str, url: &str, secret: &str) -> Origin {
    let address = Address::of(url);
    let mut origin = base_origin(live, id, &address.host);
    let header = OriginCustomHeader::builder().header_name(SECRET_HEADER).header_value(secret);
    let headers = CustomHeaders::builder().quantity(1).items(built(header.build()));
    let protocols = OriginSslProtocols::builder().quantity(1).items(SslProtocol::TlSv12);
    origin.custom_headers = Some(built(headers.build()));
    origin.s3_origin_config = None;
    origin.origin_access_control_id = Some(String::new());
    origin.custom_origin_config = Some(built(
        CustomOriginConfig::builder()
            .http_port(address.http_port)
            .https_port(address.https_port)
            .origin_protocol_policy(address.protocol)
            .origin_ssl_protocols(built(protocols.build()))
            .origin_read_timeout(API_TIMEOUT_S)
            .origin_keepalive_timeout(5)
            .build(),
    ));
    origin
}

/// Returns CloudFront's default certificate. An existing one is kept, because CloudFront sets its minimum protocol version.
fn certificate(live: Option<ViewerCertificate>) -> ViewerCertificate {
    live.filter(|live| live.cloud_front_default_certificate == Some(true))
        .unwrap_or_else(|| ViewerCertificate::builder().cloud_front_default_certificate(true).build())
}

fn unrestricted() -> Restrictions {
    let none = GeoRestriction::builder().restriction_type(GeoRestrictionType::None).quantity(0);
    Restrictions::builder().geo_restriction(built(none.build())).build()
}

fn unlogged() -> LoggingConfig {
    LoggingConfig::builder().enabled(false).include_cookies(false).bucket("").prefix("").build()
}

fn errors() -> CustomErrorResponses {
    let uncached = |code| {
        let error = CustomErrorResponse::builder().error_code(code).error_caching_min_ttl(0);
        built(error.response_page_path("").response_code("").build())
    };
    let all: Vec<_> = ERRORS.into_iter().map(uncached).collect();
    let quantity = i32::try_from(all.len()).unwrap_or_default();
    built(CustomErrorResponses::builder().quantity(quantity).set_items(Some(all)).build())
}

/// The address of the API in the form of an origin.
#[derive(Debug, PartialEq)]
struct Address {
    host: String,
    protocol: OriginProtocolPolicy,
    http_port: i32,
    https_port: i32,
}

impl Address {
    fn of(url: &str) -> Self {
        let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
        let authority = rest.split('/').next().unwrap_or(rest);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()),
            None => (authority, None),
        };
        let host = host.to_owned();
        if scheme == "http" {
            let (protocol, http_port) = (OriginProtocolPolicy::HttpOnly, port.unwrap_or(80));
            return Self { host, protocol, http_port, https_port: 443 };
        }
        let (protocol, https_port) = (OriginProtocolPolicy::HttpsOnly, port.unwrap_or(443));
        Self { host, protocol, http_port: 80, https_port }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_split_into_host_protocol_and_ports() {
        let table = [
            (
                "https://abc.execute-api.eu-central-1.amazonaws.com",
                "abc.execute-api.eu-central-1.amazonaws.com",
                80,
                443,
            ),
            ("http://abc.execute-api.localhost:4566", "abc.execute-api.localhost", 4566, 443),
            ("https://abc.example:8443/", "abc.example", 80, 8443),
        ];
        for (url, host, http_port, https_port) in table {
            let protocol = if url.starts_with("https") {
                OriginProtocolPolicy::HttpsOnly
            } else {
                OriginProtocolPolicy::HttpOnly
            };
            let host = host.to_owned();
            assert_eq!(Address::of(url), Address { host, protocol, http_port, https_port });
        }
    }
}
