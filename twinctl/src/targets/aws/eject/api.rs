//! The HTTP API and the REST API that streams.

use aws_sdk_apigatewayv2::types::{Integration, Route, Stage};
use reconcile::Fault;
use serde_json::Value;

use super::{
    function::{label_of, sorted},
    hcl::{Body, Resource},
};
use crate::targets::aws::{
    Cloud, SdkResult,
    names::{Names, STREAM_STAGE},
    resources::{
        StreamApiDesired,
        stream_api::{call, definition},
    },
};

/// Returns the HTTP API with all its parts.
pub(super) async fn http_api(cloud: &Cloud, id: &str) -> Result<Vec<Resource>, Fault> {
    let (api, integrations, routes, stages) = tokio::join!(
        cloud.api.get_api().api_id(id).send(),
        cloud.api.get_integrations().api_id(id).send(),
        cloud.api.get_routes().api_id(id).send(),
        cloud.api.get_stages().api_id(id).send(),
    );
    let api = api.fault("apigateway:GetApi")?;
    let body = Body::new()
        .set_some("name", api.name)
        .set_some("protocol_type", api.protocol_type.map(|kind| kind.as_str().to_owned()))
        .set_some("description", api.description)
        .set("tags", sorted(api.tags));
    let api = Resource::new("aws_apigatewayv2_api", "api", id, body).provides("id", id);
    let integrations = integrations.fault("apigateway:GetIntegrations")?.items.unwrap_or_default();
    let routes = routes.fault("apigateway:GetRoutes")?.items.unwrap_or_default();
    let stages = stages.fault("apigateway:GetStages")?.items.unwrap_or_default();
    Ok(std::iter::once(api)
        .chain(integrations.into_iter().zip(0..).map(|(each, number)| integration(id, each, number)))
        .chain(routes.into_iter().map(|each| route(id, each)))
        .chain(stages.into_iter().map(|each| stage(id, each)))
        .collect())
}

/// twinctl's API has one integration. Others were added by hand.
fn integration(api: &str, integration: Integration, number: usize) -> Resource {
    let label = if number == 0 { "function".to_owned() } else { format!("other_{number}") };
    let id = integration.integration_id.unwrap_or_default();
    let body = Body::new()
        .set("api_id", api)
        .set_some("integration_type", integration.integration_type.map(|kind| kind.as_str().to_owned()))
        .set_some("integration_uri", integration.integration_uri)
        .set_some("integration_method", integration.integration_method)
        .set_some("payload_format_version", integration.payload_format_version)
        .set_some("timeout_milliseconds", integration.timeout_in_millis);
    Resource::new("aws_apigatewayv2_integration", label, format!("{api}/{id}"), body).provides("id", id)
}

fn route(api: &str, route: Route) -> Resource {
    let key = route.route_key.unwrap_or_default();
    let body = Body::new().set("api_id", api).set("route_key", &*key).set_some("target", route.target);
    let id = format!("{api}/{}", route.route_id.unwrap_or_default());
    Resource::new("aws_apigatewayv2_route", label_of(key.trim_start_matches('$')), id, body)
}

fn stage(api: &str, stage: Stage) -> Resource {
    let name = stage.stage_name.unwrap_or_default();
    let settings = stage.default_route_settings.map(|settings| {
        Body::new()
            .set_some("detailed_metrics_enabled", settings.detailed_metrics_enabled)
            .set_some("throttling_burst_limit", settings.throttling_burst_limit)
            .set_some("throttling_rate_limit", settings.throttling_rate_limit)
    });
    let logs = stage.access_log_settings.map(|logs| {
        Body::new().set_some("destination_arn", logs.destination_arn).set_some("format", logs.format)
    });
    let body = Body::new()
        .set("api_id", api)
        .set("name", &*name)
        .set_some("auto_deploy", stage.auto_deploy)
        .set_some("tags", stage.tags.filter(|tags| !tags.is_empty()).map(|tags| sorted(Some(tags))))
        .blocks("default_route_settings", settings)
        .blocks("access_log_settings", logs);
    let label = label_of(name.trim_start_matches('$'));
    Resource::new("aws_apigatewayv2_stage", label, format!("{api}/{name}"), body)
}

/// Returns the REST API with its deployment and its stage. The definition contains what the provider has no settings for:
/// the response transfer mode.
pub(super) async fn stream_api(cloud: &Cloud, names: &Names, id: &str) -> Result<Vec<Resource>, Fault> {
    let read = async |part: String| {
        let path = format!("/restapis/{id}{part}");
        call(cloud, "GET", &path, None).await.fault("apigateway:GetRestApi")
    };
    let (api, stage) = tokio::try_join!(read(String::new()), read(format!("/stages/{STREAM_STAGE}")))?;
    let text = |value: &Value, name: &str| value[name].as_str().map(ToOwned::to_owned);
    let deployment_id = text(&stage, "deploymentId").unwrap_or_default();
    let deployment = read(format!("/deployments/{deployment_id}")).await?;
    let (name, description) = (text(&api, "name"), text(&api, "description"));
    let desired = StreamApiDesired { uri: names.stream_uri(), burst: 0, rate: 0 };
    let definition = definition(&names.stream_api, description.as_deref().unwrap_or_default(), &desired);
    let endpoint = Body::new().set("types", api["endpointConfiguration"]["types"].clone());
    let body = Body::new()
        .set_some("name", name)
        .set_some("description", description)
        .document("body", definition)
        .set("tags", api["tags"].clone())
        .block("endpoint_configuration", endpoint);
    let resource = Resource::new("aws_api_gateway_rest_api", "stream", id, body);
    let resource = resource.provides("id", id).unread(&["body"]);
    let body = Body::new().set("rest_api_id", id).set_some("description", text(&deployment, "description"));
    let import = format!("{id}/{deployment_id}");
    let deployment =
        Resource::new("aws_api_gateway_deployment", "stream", import, body).provides("id", &*deployment_id);
    let body = Body::new().set("rest_api_id", id).set("stage_name", STREAM_STAGE);
    let body = body.set("deployment_id", &*deployment_id).set_some("tags", stage.get("tags").cloned());
    let resource_of_stage =
        Resource::new("aws_api_gateway_stage", "stream", format!("{id}/{STREAM_STAGE}"), body);
    Ok(vec![resource, deployment, resource_of_stage, limits(id, &stage)])
}

/// Returns the limits of the stage.
fn limits(id: &str, stage: &Value) -> Resource {
    let all = &stage["methodSettings"]["*/*"];
    let settings = Body::new()
        .set("throttling_burst_limit", all["throttlingBurstLimit"].clone())
        .set("throttling_rate_limit", all["throttlingRateLimit"].clone());
    let body = Body::new().set("rest_api_id", id).set("stage_name", STREAM_STAGE);
    let body = body.set("method_path", "*/*").block("settings", settings);
    Resource::new("aws_api_gateway_method_settings", "stream", format!("{id}/{STREAM_STAGE}/*/*"), body)
}
