//! The cache behaviors: one rule for the paths of the page, and one for the paths of the API.

use aws_sdk_cloudfront::types::{AllowedMethods, CachedMethods, Method, ViewerProtocolPolicy};

use crate::targets::aws::resources::cloudfront::built;

// The ids of managed policies, which are the same in every account.
const CACHING_OPTIMIZED: &str = "658327ea-f89d-4fab-a63d-7e88639e58f6";
const CACHING_DISABLED: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
/// API Gateway refuses requests with the visitor's `Host` header.
const ALL_BUT_HOST: &str = "b689b0a8-53d0-40ab-baf2-68738e2966ac";

// The ids of the origins.
pub(super) const BUCKET: &str = "bucket";
pub(super) const API: &str = "api";
pub(super) const STREAM: &str = "stream";
/// The path that the stream API serves.
const STREAM_PATH: &str = "/api/*";

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

    /// Does not redirect to HTTPS, because a browser would repeat a POST without its body.
    pub(super) fn api(path: &str, streams: bool) -> Self {
        Self {
            origin: if streams && path == STREAM_PATH { STREAM } else { API },
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

/// Applies a rule to a behavior. A macro, because the default behavior and the behaviors of paths are two types with the same
/// members.
macro_rules! apply_rule {
    ($behavior:expr, $blueprint:expr, $rule:expr) => {{
        let (behavior, rule) = (&mut $behavior, $rule);
        rule.origin.clone_into(&mut behavior.target_origin_id);
        behavior.viewer_protocol_policy = rule.viewers.clone();
        behavior.allowed_methods = Some(rule.allowed());
        behavior.cache_policy_id = Some(rule.cache.to_owned());
        behavior.origin_request_policy_id = rule.request.clone();
        behavior.response_headers_policy_id = Some($blueprint.desired.delivery.headers_id.clone());
        behavior.compress = Some(true);
        behavior.smooth_streaming = Some(false);
        behavior.field_level_encryption_id = Some(String::new());
        behavior.realtime_log_config_arn = None;
        behavior.trusted_signers = Some(built(TrustedSigners::builder().enabled(false).quantity(0).build()));
        behavior.trusted_key_groups =
            Some(built(TrustedKeyGroups::builder().enabled(false).quantity(0).build()));
        behavior.lambda_function_associations =
            Some(built(LambdaFunctionAssociations::builder().quantity(0).build()));
        // Legacy settings, which AWS refuses together with cache policies.
        behavior.forwarded_values = None;
        behavior.min_ttl = None;
        behavior.default_ttl = None;
        behavior.max_ttl = None;
    }};
}
pub(super) use apply_rule;

/// Describes a behavior: a list of the settings that are set.
macro_rules! describe {
    ($behavior:expr, $known:expr) => {{
        let behavior = $behavior;
        let mut settings = vec![format!("to {}", behavior.target_origin_id)];
        settings.push(behavior.viewer_protocol_policy.to_string());
        settings.extend(behavior.allowed_methods.as_ref().map(methods));
        settings.extend(behavior.cache_policy_id.as_deref().map(policy));
        settings.extend(behavior.origin_request_policy_id.as_deref().filter(|id| !id.is_empty()).map(policy));
        let headers = behavior.response_headers_policy_id.as_deref();
        settings.extend(headers.map(|id| format!("headers {}", $known.headers(id))));
        settings.extend((behavior.compress == Some(true)).then(|| "compressed".to_owned()));
        settings.extend((behavior.smooth_streaming == Some(true)).then(|| "smooth streaming".to_owned()));
        let encryption = behavior.field_level_encryption_id.as_deref().filter(|id| !id.is_empty());
        settings.extend(encryption.map(|id| format!("encryption {id}")));
        settings.extend(behavior.realtime_log_config_arn.as_deref().map(|log| format!("log {log}")));
        let functions = behavior.function_associations.iter().flat_map(|all| all.items());
        settings
            .extend(functions.map(|each| format!("{} {}", each.event_type, function(&each.function_arn))));
        let lambdas = behavior.lambda_function_associations.iter().flat_map(|all| all.items());
        settings.extend(lambdas.map(|each| format!("{} {}", each.event_type, each.lambda_function_arn)));
        let signed = behavior.trusted_signers.as_ref().is_some_and(|signers| signers.enabled)
            || behavior.trusted_key_groups.as_ref().is_some_and(|groups| groups.enabled);
        settings.extend(signed.then(|| "signed URLs only".to_owned()));
        settings.extend(behavior.forwarded_values.as_ref().map(|_| "legacy forwarding".to_owned()));
        settings.join(", ")
    }};
}
pub(super) use describe;

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

/// Returns the name in a function's ARN.
pub(super) fn function(arn: &str) -> &str {
    arn.rsplit_once("function/").map_or(arn, |(_, name)| name)
}
