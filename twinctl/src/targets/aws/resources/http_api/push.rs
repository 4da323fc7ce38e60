//! Brings an API to what it should be: AWS refuses two changes of one API at a time, so they follow each other.

use std::collections::BTreeMap;

use aws_sdk_apigatewayv2::types::{
    AccessLogSettings, AuthorizationType, IntegrationType, ProtocolType, RouteSettings,
};
use reconcile::{Class, Fault};

use super::{
    HttpApi, HttpApiActual, HttpApiDesired, PAYLOAD, ROUTE, STAGE, TIMEOUT_MS,
    actual::{IntegrationActual, RouteActual, StageActual},
};
use crate::targets::aws::{Answer, Cloud};

const GONE: &[&str] = &["NotFoundException"];

pub(super) async fn push(
    api: &HttpApi,
    cloud: &Cloud,
    known_id: &mut Option<String>,
    desired: &HttpApiDesired,
    actual: Option<&HttpApiActual>,
) -> Result<HttpApiActual, Fault> {
    if desired.burst == 0 || desired.rate == 0 {
        return Err(Fault::new(Class::Refused, "a limit of zero would turn every visitor away"));
    }
    let Some(actual) = actual else {
        // Bare, so that whoever needs only its address can go on while the rest is made.
        return create(api, cloud, known_id).await;
    };
    let mut now = actual.clone();
    let push = Push { cloud, desired };
    push.api(api, &mut now).await?;
    push.integration(&mut now).await?;
    push.route(&mut now).await?;
    push.clear(&mut now).await?;
    push.stage(&mut now).await?;
    Ok(now)
}

/// Not "quick create", which takes a route and a target: it makes a stage and an integration that cannot be changed.
async fn create(api: &HttpApi, cloud: &Cloud, known_id: &mut Option<String>) -> Result<HttpApiActual, Fault> {
    let request = cloud.api.create_api().name(&api.name).protocol_type(ProtocolType::Http);
    let request = request.description(api.description()).set_tags(Some(api.labels.to_map()));
    let made = request.send().await.fault("apigateway:CreateApi")?;
    let id = made.api_id.unwrap_or_default();
    *known_id = Some(id.clone());
    Ok(HttpApiActual {
        id,
        endpoint: made.api_endpoint.unwrap_or_default(),
        tags: api.labels.to_map::<BTreeMap<_, _>>(),
        name: api.name.clone(),
        description: api.description(),
        reachable: true,
        cors: false,
        integrations: Vec::new(),
        routes: Vec::new(),
        stages: Vec::new(),
    })
}

struct Push<'a> {
    cloud: &'a Cloud,
    desired: &'a HttpApiDesired,
}

impl Push<'_> {
    async fn api(&self, api: &HttpApi, now: &mut HttpApiActual) -> Result<(), Fault> {
        let client = &self.cloud.api;
        let description = api.description();
        if now.name != api.name || now.description != description || !now.reachable {
            let request = client.update_api().api_id(&now.id).name(&api.name).description(&description);
            let answer = request.disable_execute_api_endpoint(false).send().await;
            answer.fault("apigateway:UpdateApi")?;
            (now.name, now.description, now.reachable) = (api.name.clone(), description, true);
        }
        if now.cors {
            let answer = client.delete_cors_configuration().api_id(&now.id).send().await;
            answer.done("apigateway:DeleteCorsConfiguration", GONE)?;
            now.cors = false;
        }
        self.tags(api, now).await
    }

    async fn tags(&self, api: &HttpApi, now: &mut HttpApiActual) -> Result<(), Fault> {
        let client = &self.cloud.api;
        let arn = format!("arn:aws:apigateway:{}::/apis/{}", self.cloud.region, now.id);
        let tag = async |tags| {
            let tag = client.tag_resource().resource_arn(&arn).set_tags(Some(tags));
            tag.send().await.fault("apigateway:TagResource")
        };
        let untag = async |keys| {
            let untag = client.untag_resource().resource_arn(&arn).set_tag_keys(Some(keys));
            untag.send().await.fault("apigateway:UntagResource")
        };
        api.labels.write(&now.tags, tag, untag).await?;
        now.tags = api.labels.to_map();
        Ok(())
    }

    async fn integration(&self, now: &mut HttpApiActual) -> Result<(), Fault> {
        let Some(there) = now.integration().cloned() else {
            let request = self.cloud.api.create_integration().api_id(&now.id);
            let request = request.integration_type(IntegrationType::AwsProxy);
            let request = request.integration_uri(&self.desired.target_arn).payload_format_version(PAYLOAD);
            let made = request.timeout_in_millis(TIMEOUT_MS).send().await;
            let id = made.fault("apigateway:CreateIntegration")?.integration_id.unwrap_or_default();
            now.integrations.push(IntegrationActual::wanted(self.desired, &id));
            return Ok(());
        };
        let wanted = IntegrationActual::wanted(self.desired, &there.id);
        if there == wanted {
            return Ok(());
        }
        let request = self.cloud.api.update_integration().api_id(&now.id).integration_id(&there.id);
        let request = request.integration_type(IntegrationType::AwsProxy);
        let request = request.integration_uri(&self.desired.target_arn).payload_format_version(PAYLOAD);
        let answer = request.timeout_in_millis(TIMEOUT_MS).send().await;
        answer.fault("apigateway:UpdateIntegration")?;
        replace(&mut now.integrations, wanted, |each| each.id == there.id);
        Ok(())
    }

    async fn route(&self, now: &mut HttpApiActual) -> Result<(), Fault> {
        let target = now.integration().map(IntegrationActual::address).unwrap_or_default();
        let Some(there) = now.route().cloned() else {
            let request = self.cloud.api.create_route().api_id(&now.id).route_key(ROUTE).target(&target);
            let made = request.send().await.fault("apigateway:CreateRoute")?;
            now.routes.push(RouteActual::wanted(target, &made.route_id.unwrap_or_default()));
            return Ok(());
        };
        let wanted = RouteActual::wanted(target, &there.id);
        if there == wanted {
            return Ok(());
        }
        let request = self.cloud.api.update_route().api_id(&now.id).route_id(&there.id);
        let request = request.route_key(ROUTE).authorization_type(AuthorizationType::None);
        request.target(&wanted.target).send().await.fault("apigateway:UpdateRoute")?;
        replace(&mut now.routes, wanted, |each| each.id == there.id);
        Ok(())
    }

    /// Removes what was added beside ours: routes first, for an integration that a route leads to cannot go.
    async fn clear(&self, now: &mut HttpApiActual) -> Result<(), Fault> {
        let extra = now.extra();
        let client = &self.cloud.api;
        for route in extra.routes {
            let answer = client.delete_route().api_id(&now.id).route_id(&route.id).send().await;
            answer.done("apigateway:DeleteRoute", GONE)?;
            now.routes.retain(|each| each.id != route.id);
        }
        for integration in extra.integrations {
            let request = client.delete_integration().api_id(&now.id).integration_id(&integration.id);
            request.send().await.done("apigateway:DeleteIntegration", GONE)?;
            now.integrations.retain(|each| each.id != integration.id);
        }
        for stage in extra.stages {
            let answer = client.delete_stage().api_id(&now.id).stage_name(&stage.name).send().await;
            answer.done("apigateway:DeleteStage", GONE)?;
            now.stages.retain(|each| each.name != stage.name);
        }
        Ok(())
    }

    async fn stage(&self, now: &mut HttpApiActual) -> Result<(), Fault> {
        let client = &self.cloud.api;
        let wanted = StageActual::wanted(self.desired);
        let Some(there) = now.stage().cloned() else {
            let request = client.create_stage().api_id(&now.id).stage_name(STAGE).auto_deploy(true);
            let request = request.default_route_settings(self.limits()).access_log_settings(self.logs());
            request.send().await.fault("apigateway:CreateStage")?;
            now.stages.push(wanted);
            return Ok(());
        };
        for route in &there.route_settings {
            let request = client.delete_route_settings().api_id(&now.id).stage_name(STAGE);
            let answer = request.route_key(route).send().await;
            answer.done("apigateway:DeleteRouteSettings", GONE)?;
        }
        let apart = StageActual { route_settings: Vec::new(), ..there };
        if apart != wanted {
            let request = client.update_stage().api_id(&now.id).stage_name(STAGE).auto_deploy(true);
            let request = request.default_route_settings(self.limits()).access_log_settings(self.logs());
            request.send().await.fault("apigateway:UpdateStage")?;
        }
        replace(&mut now.stages, wanted, |each| each.name == STAGE);
        Ok(())
    }

    /// Both limits, always: where one of these settings is sent without a limit, AWS makes that limit zero.
    fn limits(&self) -> RouteSettings {
        RouteSettings::builder()
            .throttling_burst_limit(self.desired.burst.into())
            .throttling_rate_limit(self.desired.rate.into())
            .detailed_metrics_enabled(false)
            .build()
    }

    fn logs(&self) -> AccessLogSettings {
        let settings = AccessLogSettings::builder().destination_arn(&self.desired.log_group_arn);
        settings.format(super::LOG_FORMAT).build()
    }
}

fn replace<T>(all: &mut [T], new: T, is: impl Fn(&T) -> bool) {
    if let Some(old) = all.iter_mut().find(|each| is(each)) {
        *old = new;
    }
}
