//! The distribution with its cache behaviors, origins, function and policies.

use std::collections::BTreeMap;

use aws_sdk_cloudfront::types::{
    AllowedMethods, CacheBehaviors, CustomErrorResponses, CustomHeaders, CustomOriginConfig,
    DistributionConfig, FunctionAssociation, FunctionAssociations, FunctionStage, Method,
    MinimumProtocolVersion, Origin, OriginCustomHeader, OriginSslProtocols, Origins, PriceClass, SslProtocol,
    SslSupportMethod, ViewerCertificate,
};
use reconcile::{Class, Fault};
use serde_json::json;

use super::{
    hcl::{Body, Resource},
    headers,
};
use crate::targets::aws::{
    Cloud, SdkResult,
    resources::{cloudfront::tag_map, distribution::summary::SECRET_HEADER},
};

/// The file with the code of the paths function.
pub(super) const CODE: &str = "paths.js";
/// The variable with the origin secret.
pub(super) const SECRET: &str = "origin_secret";

/// The distribution, and what Terraform reads from files of their own.
pub(super) struct Page {
    pub(super) resources: Vec<Resource>,
    /// The code of the paths function.
    pub(super) code: Option<String>,
    /// Notes about parts that were removed from the distribution by hand.
    pub(super) missing: Vec<String>,
    /// The secret that the distribution sends to the function.
    pub(super) origin_secret: Option<String>,
    /// The hostnames of the owner.
    pub(super) hostnames: Vec<String>,
    pub(super) certificate_arn: Option<String>,
}

pub(super) async fn page(cloud: &Cloud, id: &str) -> Result<Page, Fault> {
    let arn = format!("arn:aws:cloudfront::{}:distribution/{id}", cloud.account);
    let (config, tags) = tokio::join!(
        cloud.cloudfront.get_distribution_config().id(id).send(),
        cloud.cloudfront.list_tags_for_resource().resource(&arn).send(),
    );
    let tags = tag_map(tags.fault("cloudfront:ListTagsForResource")?.tags);
    let config = config.fault("cloudfront:GetDistributionConfig")?.distribution_config;
    let config =
        config.ok_or_else(|| Fault::new(Class::Stale, "CloudFront's response lacks the configuration"))?;
    let used = Used::of(&config);
    let (control, policy, paths) = tokio::try_join!(
        if_used(used.access_control.as_deref(), async |id| access_control(cloud, id).await),
        if_used(used.headers_policy.as_deref(), async |id| headers::policy(cloud, id).await),
        if_used(used.function.as_deref(), async |name| paths(cloud, name).await),
    )?;
    let (function, code) = paths.unzip();
    let distribution = Resource::new("aws_cloudfront_distribution", "page", id, distribution(&config, &tags));
    let distribution = distribution.provides("arn", arn).provides("id", id);
    let certificate = config.viewer_certificate.and_then(|certificate| certificate.acm_certificate_arn);
    Ok(Page {
        resources: [control, policy, function].into_iter().flatten().chain([distribution]).collect(),
        code,
        missing: used.missing(),
        origin_secret: used.origin_secret,
        hostnames: config.aliases.and_then(|aliases| aliases.items).unwrap_or_default(),
        certificate_arn: certificate,
    })
}

/// The IDs and names of the resources that the distribution uses, and the origin secret.
struct Used {
    access_control: Option<String>,
    headers_policy: Option<String>,
    /// The name of the function.
    function: Option<String>,
    origin_secret: Option<String>,
}

impl Used {
    fn of(config: &DistributionConfig) -> Self {
        let origins = config.origins.as_ref().map(Origins::items).unwrap_or_default();
        let control = origins.iter().filter_map(|origin| origin.origin_access_control_id.clone());
        let headers = origins.iter().filter_map(|origin| origin.custom_headers.as_ref());
        let mut headers = headers.flat_map(CustomHeaders::items);
        let secret = headers.find(|header| header.header_name == SECRET_HEADER);
        let behavior = config.default_cache_behavior.as_ref();
        let function = behavior.and_then(|behavior| behavior.function_associations.as_ref()?.items().first());
        let function = function.and_then(|function| function.function_arn.rsplit('/').next());
        let policy = behavior.and_then(|behavior| behavior.response_headers_policy_id.clone());
        Self {
            access_control: control.into_iter().find(|id| !id.is_empty()),
            headers_policy: policy.filter(|id| !id.is_empty()),
            function: function.map(ToOwned::to_owned),
            origin_secret: secret.map(|header| header.header_value.clone()),
        }
    }

    /// Lists what was removed from the distribution by hand.
    fn missing(&self) -> Vec<String> {
        let parts = [
            ("origin access control", &self.access_control),
            ("response headers policy", &self.headers_policy),
            ("function for the paths of the page", &self.function),
        ];
        let missing = parts.into_iter().filter(|(_, id)| id.is_none());
        missing
            .map(|(part, _)| {
                format!(
                    "the {part}, which the distribution does not use any more: run `twinctl deploy` and then `eject` again, if you want to keep it"
                )
            })
            .collect()
    }
}

/// Reads a resource, if there is one. On the heap, because the future of a call is large.
async fn if_used<T>(
    id: Option<&str>,
    read: impl AsyncFnOnce(&str) -> Result<T, Fault>,
) -> Result<Option<T>, Fault> {
    match id {
        Some(id) => Box::pin(read(id)).await.map(Some),
        None => Ok(None),
    }
}

async fn access_control(cloud: &Cloud, id: &str) -> Result<Resource, Fault> {
    let found = cloud.cloudfront.get_origin_access_control_config().id(id).send().await;
    let config = found.fault("cloudfront:GetOriginAccessControl")?.origin_access_control_config;
    let body = config.map_or_else(Body::new, |config| {
        Body::new()
            .set("name", config.name)
            .set_some("description", config.description)
            .set("origin_access_control_origin_type", config.origin_access_control_origin_type.as_str())
            .set("signing_behavior", config.signing_behavior.as_str())
            .set("signing_protocol", config.signing_protocol.as_str())
    });
    Ok(Resource::new("aws_cloudfront_origin_access_control", "page", id, body).provides("id", id))
}

/// Returns the function that maps paths to files, with its code.
async fn paths(cloud: &Cloud, name: &str) -> Result<(Resource, String), Fault> {
    let (described, live) = tokio::join!(
        cloud.cloudfront.describe_function().name(name).stage(FunctionStage::Live).send(),
        cloud.cloudfront.get_function().name(name).stage(FunctionStage::Live).send(),
    );
    let summary = described.fault("cloudfront:DescribeFunction")?.function_summary;
    let arn = summary.as_ref().and_then(|summary| summary.function_metadata.as_ref());
    let arn = arn.map(|metadata| metadata.function_arn.clone()).unwrap_or_default();
    let (comment, runtime) = summary
        .and_then(|summary| summary.function_config)
        .map(|config| (config.comment, config.runtime.as_str().to_owned()))
        .unzip();
    let code = live.fault("cloudfront:GetFunction")?.function_code.unwrap_or_default();
    let code = String::from_utf8_lossy(code.as_ref()).into_owned();
    let body = Body::new()
        .set("name", name)
        .set_some("comment", comment)
        .set_some("runtime", runtime)
        .expression("code", format!("file(\"${{path.module}}/{CODE}\")"));
    let resource = Resource::new("aws_cloudfront_function", "paths", name, body).provides("arn", arn);
    Ok((resource.unread(&["publish"]), code))
}

fn distribution(config: &DistributionConfig, tags: &BTreeMap<String, String>) -> Body {
    let hostnames =
        config.aliases.as_ref().map(|aliases| aliases.items().to_vec()).filter(|all| !all.is_empty());
    let errors = config.custom_error_responses.iter().flat_map(CustomErrorResponses::items).map(|error| {
        let code = error.response_code.as_deref().and_then(|code| code.parse::<u16>().ok());
        Body::new()
            .set("error_code", error.error_code)
            .set_some("error_caching_min_ttl", error.error_caching_min_ttl)
            .set_some("response_code", code)
            .set_some("response_page_path", error.response_page_path.clone())
    });
    let geo = config.restrictions.as_ref().and_then(|restrictions| restrictions.geo_restriction.as_ref());
    let geo = geo.map(|geo| {
        let locations = Some(geo.items()).filter(|locations| !locations.is_empty());
        let body = Body::new().set("restriction_type", geo.restriction_type.as_str());
        body.set_some("locations", locations.map(|locations| json!(locations)))
    });
    let origins = config.origins.as_ref().map(Origins::items).unwrap_or_default();
    Body::new()
        .set("enabled", config.enabled)
        .set("comment", &*config.comment)
        .set_some("aliases", hostnames.map(|hostnames| json!(hostnames)))
        .set_some("default_root_object", config.default_root_object.clone())
        .set_some(
            "http_version",
            config.http_version.as_ref().map(|version| version.as_str().to_ascii_lowercase()),
        )
        .set_some("is_ipv6_enabled", config.is_ipv6_enabled)
        .set_some("price_class", config.price_class.as_ref().map(PriceClass::as_str))
        .set_some("web_acl_id", config.web_acl_id.clone())
        .set("tags", json!(tags))
        .blocks("origin", origins.iter().map(origin))
        .blocks("default_cache_behavior", default_behavior(config))
        .blocks("ordered_cache_behavior", ordered_behaviors(config))
        .blocks("custom_error_response", errors)
        .block("restrictions", Body::new().blocks("geo_restriction", geo))
        .blocks("viewer_certificate", config.viewer_certificate.as_ref().map(certificate))
}

fn certificate(certificate: &ViewerCertificate) -> Body {
    let protocol = certificate.minimum_protocol_version.as_ref().map(MinimumProtocolVersion::as_str);
    let Some(arn) = &certificate.acm_certificate_arn else {
        return Body::new().set("cloudfront_default_certificate", true);
    };
    Body::new()
        .set("acm_certificate_arn", &**arn)
        .set_some("minimum_protocol_version", protocol)
        .set_some("ssl_support_method", certificate.ssl_support_method.as_ref().map(SslSupportMethod::as_str))
}

fn origin(origin: &Origin) -> Body {
    let header = |header: &OriginCustomHeader| {
        let body = Body::new().set("name", &*header.header_name);
        if header.header_name == SECRET_HEADER {
            return body.expression("value", format!("var.{SECRET}"));
        }
        body.set("value", &*header.header_value)
    };
    let headers = origin.custom_headers.iter().flat_map(CustomHeaders::items);
    Body::new()
        .set("origin_id", &*origin.id)
        .set("domain_name", &*origin.domain_name)
        .set_some("origin_path", origin.origin_path.clone())
        .set_some("origin_access_control_id", origin.origin_access_control_id.clone())
        .set_some("connection_attempts", origin.connection_attempts)
        .set_some("connection_timeout", origin.connection_timeout)
        .blocks("custom_header", headers.map(header))
        .blocks("custom_origin_config", origin.custom_origin_config.as_ref().map(gateway))
}

fn gateway(gateway: &CustomOriginConfig) -> Body {
    let protocols = gateway.origin_ssl_protocols.iter().flat_map(OriginSslProtocols::items);
    let protocols: Vec<_> = protocols.map(SslProtocol::as_str).collect();
    Body::new()
        .set("http_port", gateway.http_port)
        .set("https_port", gateway.https_port)
        .set("origin_protocol_policy", gateway.origin_protocol_policy.as_str())
        .set("origin_ssl_protocols", json!(protocols))
        .set_some("origin_read_timeout", gateway.origin_read_timeout)
        .set_some("origin_keepalive_timeout", gateway.origin_keepalive_timeout)
}

/// Renders a behavior. A macro, because the default behavior and the behaviors of paths are two types with the same members.
macro_rules! behavior {
    ($body:expr, $behavior:expr) => {{
        let behavior = $behavior;
        let associations = behavior.function_associations.iter().flat_map(FunctionAssociations::items);
        let body = $body.set("target_origin_id", &*behavior.target_origin_id);
        methods(body, behavior.allowed_methods.as_ref())
            .set("viewer_protocol_policy", behavior.viewer_protocol_policy.as_str())
            .set_some("compress", behavior.compress)
            .set_some("cache_policy_id", behavior.cache_policy_id.clone())
            .set_some("origin_request_policy_id", behavior.origin_request_policy_id.clone())
            .set_some("response_headers_policy_id", behavior.response_headers_policy_id.clone())
            .blocks("function_association", associations.map(association))
    }};
}

fn default_behavior(config: &DistributionConfig) -> Option<Body> {
    config.default_cache_behavior.as_ref().map(|behavior| behavior!(Body::new(), behavior))
}

fn ordered_behaviors(config: &DistributionConfig) -> Vec<Body> {
    let behaviors = config.cache_behaviors.iter().flat_map(CacheBehaviors::items);
    behaviors
        .map(|behavior| behavior!(Body::new().set("path_pattern", &*behavior.path_pattern), behavior))
        .collect()
}

fn methods(body: Body, allowed: Option<&AllowedMethods>) -> Body {
    let cached = allowed.and_then(|allowed| allowed.cached_methods.as_ref());
    let names = |methods: &[Method]| json!(methods.iter().map(Method::as_str).collect::<Vec<_>>());
    body.set_some("allowed_methods", allowed.map(|allowed| names(allowed.items())))
        .set_some("cached_methods", cached.map(|cached| names(cached.items())))
}

fn association(association: &FunctionAssociation) -> Body {
    Body::new()
        .set("event_type", association.event_type.as_str())
        .set("function_arn", &*association.function_arn)
}
