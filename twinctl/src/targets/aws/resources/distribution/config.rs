//! The distribution's configuration: what we care about, laid over whatever is there.

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
    DistributionDesired, Named, OriginSecret,
    behaviour::{Rule, shape},
};

/// The managed policies, by the ids that AWS gave them for everybody.
pub(super) const CACHING_OPTIMIZED: &str = "658327ea-f89d-4fab-a63d-7e88639e58f6";
pub(super) const CACHING_DISABLED: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
/// The API's gateway refuses a request with the visitor's Host.
pub(super) const ALL_BUT_HOST: &str = "b689b0a8-53d0-40ab-baf2-68738e2966ac";

pub(super) const BUCKET: &str = "bucket";
pub(super) const API: &str = "api";
pub(super) const SECRET_HEADER: &str = "x-origin-secret";
/// What CloudFront would otherwise keep for ten seconds, also of answers that are not cached. There is no page for any of
/// them: it would replace the API's own answer too.
const ERRORS: [i32; 9] = [400, 403, 404, 405, 500, 501, 502, 503, 504];
const API_TIMEOUT_S: i32 = 30;

/// Everything that the configuration is made from.
pub(super) struct Blueprint<'a> {
    pub(super) desired: &'a DistributionDesired,
    pub(super) comment: String,
    pub(super) reference: String,
    pub(super) function_arn: String,
}

impl Blueprint<'_> {
    pub(super) fn fresh(&self) -> DistributionConfig {
        let bare = DistributionConfig::builder().caller_reference(&self.reference);
        self.laid_over(built(bare.comment(&self.comment).enabled(true).build()))
    }

    /// Members that we do not care about stay as they are; an update must repeat them.
    pub(super) fn laid_over(&self, live: DistributionConfig) -> DistributionConfig {
        let mut config = live;
        config.enabled = true;
        config.default_root_object = Some("index.html".to_owned());
        // Visitors are anywhere, and the cheaper classes only save on traffic that a personal page does not have.
        config.price_class = Some(PriceClass::PriceClassAll);
        config.http_version = Some(HttpVersion::Http2and3);
        config.is_ipv6_enabled = Some(true);
        config.web_acl_id = Some(String::new());
        if self.desired.named == Named::ByCloudFront {
            config.aliases = Some(built(Aliases::builder().quantity(0).build()));
            config.viewer_certificate = Some(certificate(config.viewer_certificate.take()));
        }
        config.restrictions = Some(unrestricted());
        config.logging = Some(unlogged());
        config.origin_groups = Some(built(OriginGroups::builder().quantity(0).build()));
        config.custom_error_responses = Some(errors());
        config.origins = Some(self.origins(config.origins.take()));
        config.default_cache_behavior = Some(self.pages(config.default_cache_behavior.take()));
        config.cache_behaviors = Some(self.api(config.cache_behaviors.take()));
        config
    }

    fn origins(&self, live: Option<Origins>) -> Origins {
        let live = live.map(|live| live.items).unwrap_or_default();
        let find = |id: &str| live.iter().find(|origin| origin.id == id).cloned();
        let origins = Origins::builder().quantity(2).items(self.bucket(find(BUCKET)));
        built(origins.items(self.gateway(find(API))).build())
    }

    fn bucket(&self, live: Option<Origin>) -> Origin {
        let mut origin = plain(live, BUCKET, &self.desired.bucket_host);
        let identity = S3OriginConfig::builder().origin_access_identity("");
        let known = origin.s3_origin_config.take();
        let timeout = known.and_then(|known| known.origin_read_timeout);
        origin.s3_origin_config = Some(identity.set_origin_read_timeout(timeout).build());
        origin.custom_origin_config = None;
        origin.origin_access_control_id = Some(self.desired.delivery.access_id.clone());
        origin.custom_headers = Some(built(CustomHeaders::builder().quantity(0).build()));
        origin
    }

    fn gateway(&self, live: Option<Origin>) -> Origin {
        let address = Address::of(&self.desired.api_endpoint);
        let mut origin = plain(live, API, &address.host);
        let OriginSecret(secret) = &self.desired.origin_secret;
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

    #[expect(deprecated, reason = "what came before cache policies may still be set by hand")]
    fn pages(&self, live: Option<DefaultCacheBehavior>) -> DefaultCacheBehavior {
        let bare = || {
            let bare = DefaultCacheBehavior::builder().target_origin_id(BUCKET);
            built(bare.viewer_protocol_policy(ViewerProtocolPolicy::RedirectToHttps).build())
        };
        let mut behaviour = live.unwrap_or_else(bare);
        shape!(behaviour, self, Rule::pages());
        let rewrite = FunctionAssociation::builder().function_arn(&self.function_arn);
        let rewrite = built(rewrite.event_type(EventType::ViewerRequest).build());
        behaviour.function_associations =
            Some(built(FunctionAssociations::builder().quantity(1).items(rewrite).build()));
        behaviour
    }

    #[expect(deprecated, reason = "what came before cache policies may still be set by hand")]
    fn api(&self, live: Option<CacheBehaviors>) -> CacheBehaviors {
        let live = live.and_then(|live| live.items).unwrap_or_default();
        let all = contract::api::PATHS.map(|path| {
            let bare = || {
                let bare = CacheBehavior::builder().path_pattern(path).target_origin_id(API);
                built(bare.viewer_protocol_policy(ViewerProtocolPolicy::HttpsOnly).build())
            };
            let mut behaviour =
                live.iter().find(|each| each.path_pattern == path).cloned().unwrap_or_else(bare);
            shape!(behaviour, self, Rule::api());
            behaviour.function_associations =
                Some(built(FunctionAssociations::builder().quantity(0).build()));
            behaviour
        });
        let all = all.to_vec();
        let quantity = i32::try_from(all.len()).unwrap_or_default();
        built(CacheBehaviors::builder().quantity(quantity).set_items(Some(all)).build())
    }
}

/// An origin with everything but its kind.
fn plain(live: Option<Origin>, id: &str, host: &str) -> Origin {
    let mut origin = live.unwrap_or_else(|| built(Origin::builder().id(id).domain_name(host).build()));
    host.clone_into(&mut origin.domain_name);
    origin.origin_path = Some(String::new());
    origin.vpc_origin_config = None;
    origin.connection_attempts = Some(3);
    origin.connection_timeout = Some(10);
    origin.origin_shield = Some(built(OriginShield::builder().enabled(false).build()));
    origin
}

/// CloudFront's own. It sets the oldest protocol version by itself, so what is there is left as it is.
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

/// Where the API is, as an origin says it.
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
    fn an_address_is_taken_apart() {
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
