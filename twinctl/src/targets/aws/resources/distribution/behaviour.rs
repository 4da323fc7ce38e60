//! What CloudFront does with a path: one rule for the page, one for the API.

use aws_sdk_cloudfront::types::{AllowedMethods, CachedMethods, Method, ViewerProtocolPolicy};

use super::super::cloudfront::built;
use super::config::{ALL_BUT_HOST, API, BUCKET, CACHING_DISABLED, CACHING_OPTIMIZED};

pub(super) struct Rule {
    pub(super) origin: &'static str,
    pub(super) viewers: ViewerProtocolPolicy,
    pub(super) methods: &'static [Method],
    pub(super) cache: &'static str,
    pub(super) request: Option<String>,
}

impl Rule {
    pub(super) fn pages() -> Self {
        Self {
            origin: BUCKET,
            viewers: ViewerProtocolPolicy::RedirectToHttps,
            methods: &[Method::Get, Method::Head],
            cache: CACHING_OPTIMIZED,
            request: None,
        }
    }

    /// Not redirected: a browser would repeat a POST without its body.
    pub(super) fn api() -> Self {
        Self {
            origin: API,
            viewers: ViewerProtocolPolicy::HttpsOnly,
            methods: &[
                Method::Delete,
                Method::Get,
                Method::Head,
                Method::Options,
                Method::Patch,
                Method::Post,
                Method::Put,
            ],
            cache: CACHING_DISABLED,
            request: Some(ALL_BUT_HOST.to_owned()),
        }
    }

    pub(super) fn allowed(&self) -> AllowedMethods {
        let cached = CachedMethods::builder().quantity(2).items(Method::Get).items(Method::Head);
        let quantity = i32::try_from(self.methods.len()).unwrap_or_default();
        let allowed = AllowedMethods::builder().quantity(quantity).set_items(Some(self.methods.to_vec()));
        built(allowed.cached_methods(built(cached.build())).build())
    }
}

/// Lays a rule over a behaviour. The default one and those of a path are two types with the same members.
macro_rules! shape {
    ($behaviour:expr, $blueprint:expr, $rule:expr) => {{
        let (behaviour, rule) = (&mut $behaviour, $rule);
        rule.origin.clone_into(&mut behaviour.target_origin_id);
        behaviour.viewer_protocol_policy = rule.viewers.clone();
        behaviour.allowed_methods = Some(rule.allowed());
        behaviour.cache_policy_id = Some(rule.cache.to_owned());
        behaviour.origin_request_policy_id = rule.request.clone();
        behaviour.response_headers_policy_id = Some($blueprint.desired.delivery.headers_id.clone());
        behaviour.compress = Some(true);
        behaviour.smooth_streaming = Some(false);
        behaviour.field_level_encryption_id = Some(String::new());
        behaviour.realtime_log_config_arn = None;
        behaviour.trusted_signers = Some(built(TrustedSigners::builder().enabled(false).quantity(0).build()));
        behaviour.trusted_key_groups =
            Some(built(TrustedKeyGroups::builder().enabled(false).quantity(0).build()));
        behaviour.lambda_function_associations =
            Some(built(LambdaFunctionAssociations::builder().quantity(0).build()));
        // What came before cache policies; AWS refuses the two together.
        behaviour.forwarded_values = None;
        behaviour.min_ttl = None;
        behaviour.default_ttl = None;
        behaviour.max_ttl = None;
    }};
}
pub(super) use shape;

/// What a behaviour does, in words, each of which is something that was set.
macro_rules! words {
    ($behaviour:expr, $known:expr) => {{
        let behaviour = $behaviour;
        let mut words = vec![format!("to {}", behaviour.target_origin_id)];
        words.push(behaviour.viewer_protocol_policy.to_string());
        words.extend(behaviour.allowed_methods.as_ref().map(methods));
        words.extend(behaviour.cache_policy_id.as_deref().map(policy));
        words.extend(behaviour.origin_request_policy_id.as_deref().filter(|id| !id.is_empty()).map(policy));
        let headers = behaviour.response_headers_policy_id.as_deref();
        words.extend(headers.map(|id| format!("headers {}", $known.headers(id))));
        words.extend((behaviour.compress == Some(true)).then(|| "compressed".to_owned()));
        words.extend((behaviour.smooth_streaming == Some(true)).then(|| "smooth streaming".to_owned()));
        let encryption = behaviour.field_level_encryption_id.as_deref().filter(|id| !id.is_empty());
        words.extend(encryption.map(|id| format!("encryption {id}")));
        words.extend(behaviour.realtime_log_config_arn.as_deref().map(|log| format!("log {log}")));
        let functions = behaviour.function_associations.iter().flat_map(|all| all.items());
        words.extend(functions.map(|each| format!("{} {}", each.event_type, function(&each.function_arn))));
        let lambdas = behaviour.lambda_function_associations.iter().flat_map(|all| all.items());
        words.extend(lambdas.map(|each| format!("{} {}", each.event_type, each.lambda_function_arn)));
        let signed = behaviour.trusted_signers.as_ref().is_some_and(|signers| signers.enabled)
            || behaviour.trusted_key_groups.as_ref().is_some_and(|groups| groups.enabled);
        words.extend(signed.then(|| "signed addresses only".to_owned()));
        words.extend(behaviour.forwarded_values.as_ref().map(|_| "forwarding of its own".to_owned()));
        words.join(", ")
    }};
}
pub(super) use words;

pub(super) fn methods(allowed: &AllowedMethods) -> String {
    let list = |items: &[Method]| {
        let mut names: Vec<_> = items.iter().map(Method::as_str).collect();
        names.sort_unstable();
        names.join("+")
    };
    let cached = allowed.cached_methods.as_ref().map(|cached| list(&cached.items)).unwrap_or_default();
    match list(&allowed.items) {
        all if all == "DELETE+GET+HEAD+OPTIONS+PATCH+POST+PUT" => format!("all methods ({cached} cached)"),
        some => format!("{some} ({cached} cached)"),
    }
}

pub(super) fn policy(id: &str) -> String {
    match id {
        CACHING_OPTIMIZED => "CachingOptimized",
        CACHING_DISABLED => "CachingDisabled",
        ALL_BUT_HOST => "AllViewerExceptHostHeader",
        id => id,
    }
    .to_owned()
}

/// The name in a function's ARN.
pub(super) fn function(arn: &str) -> &str {
    arn.rsplit_once("function/").map_or(arn, |(_, name)| name)
}
