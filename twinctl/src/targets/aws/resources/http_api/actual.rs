//! The desired and the actual state of an API.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_apigatewayv2::types::{
    AuthorizationType, Integration, IntegrationType, Route, RouteSettings, Stage,
};

/// The route for all requests without a route of their own. It is the only one.
pub(super) const ROUTE: &str = "$default";
pub(super) const STAGE: &str = "$default";
/// The longest timeout that AWS allows.
pub(super) const TIMEOUT_MS: i32 = 30_000;
pub(super) const PAYLOAD: &str = "2.0";
/// One line of JSON per request. The path is left out, because it may contain the id of a conversation, which gives
/// access to it. The client's address is left out, because it is always one of CloudFront's.
pub(super) const LOG_FORMAT: &str = concat!(
    r#"{"requestId":"$context.requestId","time":"$context.requestTime","method":"$context.httpMethod","#,
    r#""routeKey":"$context.routeKey","status":"$context.status","latencyMs":"$context.responseLatency","#,
    r#""bytes":"$context.responseLength","error":"$context.integrationErrorMessage","#,
    r#""gatewayError":"$context.error.message"}"#
);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpApiDesired {
    /// The ARN of the function's alias.
    pub target_arn: String,
    pub burst: u16,
    pub rate: u16,
    pub limit_owner: LimitOwner,
    /// The log group for access logs.
    pub log_group_arn: String,
    /// The name of the function's log group, which contains the access logs of earlier versions.
    pub former_log_group: String,
}

/// Which node owns the limit of a stage that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitOwner {
    /// The API itself.
    Api,
    /// [`ApiLimit`](super::ApiLimit). The API sets a limit only if the stage has none.
    ApiLimit,
}

#[derive(Debug, Clone, PartialEq)]
pub struct HttpApiActual {
    pub(super) id: String,
    pub(super) endpoint: String,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) reachable: bool,
    pub(super) cors: bool,
    pub(super) integrations: Vec<IntegrationActual>,
    pub(super) routes: Vec<RouteActual>,
    pub(super) stages: Vec<StageActual>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct IntegrationActual {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) target: String,
    pub(super) payload: String,
    pub(super) timeout_ms: i32,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct RouteActual {
    pub(super) id: String,
    pub(super) key: String,
    pub(super) target: String,
    pub(super) authorization: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct StageActual {
    pub(super) name: String,
    pub(super) auto_deploy: bool,
    /// `None` and zero differ: a stage without a limit is not the same as one with a limit of zero.
    pub(super) burst: Option<i32>,
    pub(super) rate: Option<f64>,
    pub(super) detailed_metrics: bool,
    /// Routes with their own settings, which override the settings of the stage.
    pub(super) route_settings: Vec<String>,
    pub(super) log_group_arn: String,
    pub(super) log_format: String,
}

impl HttpApiActual {
    /// Returns the integration that the route targets. Without a route, returns the first one.
    pub(super) fn integration(&self) -> Option<&IntegrationActual> {
        let target = self.route().map(|route| route.target.as_str());
        let routed = self.integrations.iter().find(|each| Some(each.route_target().as_str()) == target);
        routed.or(self.integrations.first())
    }

    pub(super) fn route(&self) -> Option<&RouteActual> {
        self.routes.iter().find(|route| route.key == ROUTE)
    }

    pub(super) fn stage(&self) -> Option<&StageActual> {
        self.stages.iter().find(|stage| stage.name == STAGE)
    }

    /// Returns everything that is not ours.
    pub(super) fn extra(&self) -> Extra {
        let ours = self.integration().map(|integration| integration.id.as_str());
        let integrations = self.integrations.iter().filter(|each| Some(each.id.as_str()) != ours);
        Extra {
            integrations: integrations.cloned().collect(),
            routes: self.routes.iter().filter(|route| route.key != ROUTE).cloned().collect(),
            stages: self.stages.iter().filter(|stage| stage.name != STAGE).cloned().collect(),
        }
    }
}

/// Integrations, routes and stages that were added by hand.
pub(super) struct Extra {
    pub(super) integrations: Vec<IntegrationActual>,
    pub(super) routes: Vec<RouteActual>,
    pub(super) stages: Vec<StageActual>,
}

impl IntegrationActual {
    pub(super) fn wanted(desired: &HttpApiDesired, id: &str) -> Self {
        Self {
            id: id.to_owned(),
            kind: IntegrationType::AwsProxy.as_str().to_owned(),
            target: desired.target_arn.clone(),
            payload: PAYLOAD.to_owned(),
            timeout_ms: TIMEOUT_MS,
        }
    }

    /// Returns the target of a route to this integration.
    pub(super) fn route_target(&self) -> String {
        format!("integrations/{}", self.id)
    }
}

impl RouteActual {
    pub(super) fn wanted(target: String, id: &str) -> Self {
        let (key, authorization) = (ROUTE.to_owned(), AuthorizationType::None.as_str().to_owned());
        Self { id: id.to_owned(), key, target, authorization }
    }
}

impl StageActual {
    pub(super) fn wanted(desired: &HttpApiDesired, existing: Option<&Self>) -> Self {
        let kept = existing.filter(|stage| desired.limit_owner == LimitOwner::ApiLimit && stage.has_limit());
        let (burst, rate) = (Some(desired.burst.into()), Some(desired.rate.into()));
        let (burst, rate) = kept.map_or((burst, rate), |stage| (stage.burst, stage.rate));
        Self {
            name: STAGE.to_owned(),
            auto_deploy: true,
            burst,
            rate,
            detailed_metrics: false,
            route_settings: Vec::new(),
            log_group_arn: desired.log_group_arn.clone(),
            log_format: LOG_FORMAT.to_owned(),
        }
    }
}

impl StageActual {
    /// Returns whether the stage limits requests without refusing all of them.
    fn has_limit(&self) -> bool {
        self.burst.is_some_and(|burst| burst > 0) && self.rate.is_some_and(|rate| rate > 0.0)
    }
}

impl From<Integration> for IntegrationActual {
    fn from(integration: Integration) -> Self {
        Self {
            id: integration.integration_id.unwrap_or_default(),
            kind: integration.integration_type.map(|kind| kind.as_str().to_owned()).unwrap_or_default(),
            target: function_of(&integration.integration_uri.unwrap_or_default()),
            payload: integration.payload_format_version.unwrap_or_default(),
            timeout_ms: integration.timeout_in_millis.unwrap_or_default(),
        }
    }
}

impl From<Route> for RouteActual {
    fn from(route: Route) -> Self {
        Self {
            id: route.route_id.unwrap_or_default(),
            key: route.route_key.unwrap_or_default(),
            target: route.target.unwrap_or_default(),
            authorization: route
                .authorization_type
                .map_or("NONE".to_owned(), |kind| kind.as_str().to_owned()),
        }
    }
}

impl From<Stage> for StageActual {
    fn from(stage: Stage) -> Self {
        let defaults = stage.default_route_settings.unwrap_or_else(|| RouteSettings::builder().build());
        let logs = stage.access_log_settings;
        let (arn, format) = logs.map(|logs| (logs.destination_arn, logs.format)).unwrap_or_default();
        Self {
            name: stage.stage_name.unwrap_or_default(),
            auto_deploy: stage.auto_deploy.unwrap_or_default(),
            burst: defaults.throttling_burst_limit,
            rate: defaults.throttling_rate_limit,
            detailed_metrics: defaults.detailed_metrics_enabled.unwrap_or_default(),
            route_settings: names(stage.route_settings),
            // The console appends `:*`, for all streams of the group.
            log_group_arn: arn.unwrap_or_default().trim_end_matches(":*").to_owned(),
            log_format: format.unwrap_or_default(),
        }
    }
}

fn names<V>(map: Option<HashMap<String, V>>) -> Vec<String> {
    let mut names: Vec<_> = map.unwrap_or_default().into_keys().collect();
    names.sort_unstable();
    names
}

/// Returns the function's ARN. AWS accepts and returns it plain or as part of an invocation URI.
fn function_of(uri: &str) -> String {
    let inner = uri.split_once("/functions/").map_or(uri, |(_, inner)| inner);
    inner.trim_end_matches("/invocations").to_owned()
}

#[cfg(test)]
mod tests {
    use super::function_of;

    #[test]
    fn the_invocation_uri_of_a_function_is_the_same_as_its_arn() {
        let arn = "arn:aws:lambda:eu-central-1:123456789012:function:twin-dev-api:live";
        let wrapped =
            format!("arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/{arn}/invocations");
        assert_eq!(function_of(&wrapped), arn);
        assert_eq!(function_of(arn), arn);
    }
}
