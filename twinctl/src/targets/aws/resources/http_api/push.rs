//! Implements `converge`. The calls are made one after the other, because AWS refuses concurrent changes of one API.

use aws_sdk_apigatewayv2::types::{
    AccessLogSettings, AuthorizationType, IntegrationType, ProtocolType, RouteSettings,
};
use reconcile::{Class, Fault};

use super::{
    GONE, HttpApi, HttpApiActual, HttpApiDesired,
    actual::{IntegrationActual, LOG_FORMAT, PAYLOAD, ROUTE, RouteActual, STAGE, StageActual, TIMEOUT_MS},
    old_access_logs::{self, INTERIM_FORMAT},
};
use crate::targets::aws::{Cloud, SdkResult};

impl HttpApi {
    pub(super) async fn push(
        &self,
        cloud: &Cloud,
        known_id: &mut Option<String>,
        desired: &HttpApiDesired,
        actual: Option<&HttpApiActual>,
    ) -> Result<HttpApiActual, Fault> {
        if desired.burst == 0 || desired.rate == 0 {
            return Err(Fault::new(Class::Refused, "a limit of zero would refuse all requests"));
        }
        let Some(actual) = actual else {
            // Only the API itself, so that nodes that need its address can continue while the rest is created.
            return self.create(cloud, known_id).await;
        };
        let mut push = Push { api: self, cloud, desired, now: actual.clone() };
        push.api().await?;
        push.integration().await?;
        push.route().await?;
        push.remove_extra().await?;
        push.stage().await?;
        Ok(push.now)
    }

    /// Creates the API without "quick create" (a route and a target), which creates a stage and an integration that
    /// cannot be changed.
    async fn create(&self, cloud: &Cloud, known_id: &mut Option<String>) -> Result<HttpApiActual, Fault> {
        let request = cloud.api.create_api().name(&self.name).protocol_type(ProtocolType::Http);
        let request = request.description(self.description()).set_tags(Some(self.labels.to_map()));
        let created = request.send().await.fault("apigateway:CreateApi")?;
        let id = created.api_id.unwrap_or_default();
        *known_id = Some(id.clone());
        Ok(HttpApiActual {
            id,
            endpoint: created.api_endpoint.unwrap_or_default(),
            tags: self.labels.to_map(),
            name: self.name.clone(),
            description: self.description(),
            reachable: true,
            cors: false,
            integrations: Vec::new(),
            routes: Vec::new(),
            stages: Vec::new(),
        })
    }
}

/// An update in progress.
struct Push<'a> {
    api: &'a HttpApi,
    cloud: &'a Cloud,
    desired: &'a HttpApiDesired,
    /// The actual state after the calls made so far.
    now: HttpApiActual,
}

impl Push<'_> {
    async fn api(&mut self) -> Result<(), Fault> {
        let (api, client, now) = (self.api, &self.cloud.api, &mut self.now);
        let description = api.description();
        if now.name != api.name || now.description != description || !now.reachable {
            let request = client.update_api().api_id(&now.id).name(&api.name).description(&description);
            let response = request.disable_execute_api_endpoint(false).send().await;
            response.fault("apigateway:UpdateApi")?;
            (now.name, now.description, now.reachable) = (api.name.clone(), description, true);
        }
        if now.cors {
            let response = client.delete_cors_configuration().api_id(&now.id).send().await;
            response.done("apigateway:DeleteCorsConfiguration", GONE)?;
            now.cors = false;
        }
        self.tags().await
    }

    async fn tags(&mut self) -> Result<(), Fault> {
        let (labels, client, now) = (&self.api.labels, &self.cloud.api, &mut self.now);
        let arn = format!("arn:aws:apigateway:{}::/apis/{}", self.cloud.region, now.id);
        let tag = async |tags| {
            let tag = client.tag_resource().resource_arn(&arn).set_tags(Some(tags));
            tag.send().await.fault("apigateway:TagResource")
        };
        let untag = async |keys| {
            let untag = client.untag_resource().resource_arn(&arn).set_tag_keys(Some(keys));
            untag.send().await.fault("apigateway:UntagResource")
        };
        labels.write(&now.tags, tag, untag).await?;
        now.tags = labels.to_map();
        Ok(())
    }

    async fn integration(&mut self) -> Result<(), Fault> {
        let now = &mut self.now;
        let Some(existing) = now.integration().cloned() else {
            let request = self.cloud.api.create_integration().api_id(&now.id);
            let request = request.integration_type(IntegrationType::AwsProxy);
            let request = request.integration_uri(&self.desired.target_arn).payload_format_version(PAYLOAD);
            let created = request.timeout_in_millis(TIMEOUT_MS).send().await;
            let id = created.fault("apigateway:CreateIntegration")?.integration_id.unwrap_or_default();
            now.integrations.push(IntegrationActual::wanted(self.desired, &id));
            return Ok(());
        };
        let wanted = IntegrationActual::wanted(self.desired, &existing.id);
        if existing == wanted {
            return Ok(());
        }
        let request = self.cloud.api.update_integration().api_id(&now.id).integration_id(&existing.id);
        let request = request.integration_type(IntegrationType::AwsProxy);
        let request = request.integration_uri(&self.desired.target_arn).payload_format_version(PAYLOAD);
        let response = request.timeout_in_millis(TIMEOUT_MS).send().await;
        response.fault("apigateway:UpdateIntegration")?;
        replace(&mut now.integrations, wanted, |each| each.id == existing.id);
        Ok(())
    }

    async fn route(&mut self) -> Result<(), Fault> {
        let now = &mut self.now;
        let target = now.integration().map(IntegrationActual::route_target).unwrap_or_default();
        let Some(existing) = now.route().cloned() else {
            let request = self.cloud.api.create_route().api_id(&now.id).route_key(ROUTE).target(&target);
            let created = request.send().await.fault("apigateway:CreateRoute")?;
            now.routes.push(RouteActual::wanted(target, &created.route_id.unwrap_or_default()));
            return Ok(());
        };
        let wanted = RouteActual::wanted(target, &existing.id);
        if existing == wanted {
            return Ok(());
        }
        let request = self.cloud.api.update_route().api_id(&now.id).route_id(&existing.id);
        let request = request.route_key(ROUTE).authorization_type(AuthorizationType::None);
        request.target(&wanted.target).send().await.fault("apigateway:UpdateRoute")?;
        replace(&mut now.routes, wanted, |each| each.id == existing.id);
        Ok(())
    }

    /// Removes everything that is not ours. Routes come first, because an integration with a route cannot be deleted.
    async fn remove_extra(&mut self) -> Result<(), Fault> {
        let (client, now) = (&self.cloud.api, &mut self.now);
        let extra = now.extra();
        for route in extra.routes {
            let response = client.delete_route().api_id(&now.id).route_id(&route.id).send().await;
            response.done("apigateway:DeleteRoute", GONE)?;
            now.routes.retain(|each| each.id != route.id);
        }
        for integration in extra.integrations {
            let request = client.delete_integration().api_id(&now.id).integration_id(&integration.id);
            request.send().await.done("apigateway:DeleteIntegration", GONE)?;
            now.integrations.retain(|each| each.id != integration.id);
        }
        for stage in extra.stages {
            let response = client.delete_stage().api_id(&now.id).stage_name(&stage.name).send().await;
            response.done("apigateway:DeleteStage", GONE)?;
            now.stages.retain(|each| each.name != stage.name);
        }
        Ok(())
    }

    async fn stage(&mut self) -> Result<(), Fault> {
        let client = &self.cloud.api;
        let wanted = StageActual::wanted(self.desired, self.now.stage());
        let Some(existing) = self.now.stage().cloned() else {
            let request = client.create_stage().api_id(&self.now.id).stage_name(STAGE).auto_deploy(true);
            let request =
                request.default_route_settings(limits(&wanted)).access_log_settings(self.logs(LOG_FORMAT));
            request.send().await.fault("apigateway:CreateStage")?;
            self.now.stages.push(wanted);
            return Ok(());
        };
        for route in &existing.route_settings {
            let request = client.delete_route_settings().api_id(&self.now.id).stage_name(STAGE);
            let response = request.route_key(route).send().await;
            response.done("apigateway:DeleteRouteSettings", GONE)?;
        }
        let without_routes = StageActual { route_settings: Vec::new(), ..existing };
        if self.has_old_access_logs(&without_routes) {
            if without_routes.log_format != INTERIM_FORMAT {
                self.update_stage(&wanted, INTERIM_FORMAT).await?;
            }
            old_access_logs::delete_streams(self.cloud, &self.desired.former_log_group).await?;
        }
        if without_routes != wanted {
            self.update_stage(&wanted, LOG_FORMAT).await?;
        }
        replace(&mut self.now.stages, wanted, |each| each.name == STAGE);
        Ok(())
    }

    async fn update_stage(&self, wanted: &StageActual, log_format: &str) -> Result<(), Fault> {
        let request = self.cloud.api.update_stage().api_id(&self.now.id).stage_name(STAGE).auto_deploy(true);
        let request =
            request.default_route_settings(limits(wanted)).access_log_settings(self.logs(log_format));
        request.send().await.fault("apigateway:UpdateStage").map(drop)
    }

    /// Returns whether the function's log group may contain access logs.
    fn has_old_access_logs(&self, stage: &StageActual) -> bool {
        let former = format!(":log-group:{}", self.desired.former_log_group);
        stage.log_group_arn.ends_with(&former) || stage.log_format == INTERIM_FORMAT
    }

    fn logs(&self, format: &str) -> AccessLogSettings {
        let settings = AccessLogSettings::builder().destination_arn(&self.desired.log_group_arn);
        settings.format(format).build()
    }
}

/// Returns the limits. Always both, because AWS sets a limit that is missing from a request to zero.
fn limits(wanted: &StageActual) -> RouteSettings {
    RouteSettings::builder()
        .set_throttling_burst_limit(wanted.burst)
        .set_throttling_rate_limit(wanted.rate)
        .detailed_metrics_enabled(false)
        .build()
}

fn replace<T>(all: &mut [T], new: T, is: impl Fn(&T) -> bool) {
    if let Some(old) = all.iter_mut().find(|each| is(each)) {
        *old = new;
    }
}
