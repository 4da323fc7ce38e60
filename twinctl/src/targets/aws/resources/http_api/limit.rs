//! The limit of the HTTP API of an environment that streams. It is lowered when visitors use the stream API.

use aws_sdk_apigatewayv2::types::RouteSettings;
use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource, Status};

use super::{GONE, HttpApi, actual::STAGE};
use crate::{
    spec::Throttle,
    targets::aws::{
        Cloud, Permission, RequiredPermissions, SdkResult,
        names::Names,
        resources::distribution::{self, Distribution},
    },
};

/// The throttle of the HTTP API's stage beside a stream API. While edge locations still send visitors to the HTTP API, it keeps
/// its limit, which is the limit of the environment.
#[derive(Debug)]
pub struct ApiLimit {
    pub api: HttpApi,
    pub distribution: Distribution,
    pub limit: Throttle,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiLimitDesired {
    pub api_id: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ApiLimitActual {
    /// `None` until the id of the API is known.
    stage: Option<StageLimit>,
    /// Whether all edge locations send visitors to the stream API. Not read once the limit is lowered.
    switched: bool,
}

#[derive(Debug, Clone, PartialEq)]
struct StageLimit {
    burst: Option<i32>,
    rate: Option<f64>,
}

impl ApiLimit {
    fn wanted(&self) -> StageLimit {
        StageLimit { burst: Some(self.limit.burst.into()), rate: Some(self.limit.rate.into()) }
    }
}

impl RequiredPermissions for ApiLimit {
    fn required_permissions(&self, names: &Names) -> Vec<Permission> {
        let mut permissions = self.api.required_permissions(names);
        permissions.extend(self.distribution.required_permissions(names));
        permissions
    }
}

impl Resource for ApiLimit {
    type Cloud = Cloud;
    type Desired = ApiLimitDesired;
    type Actual = ApiLimitActual;
    type Output = ();
    /// The id of the API.
    type Memory = Option<String>;

    fn physical_name(&self) -> Option<String> {
        self.api.physical_name()
    }

    fn initial_memory(&self) -> Option<String> {
        self.api.initial_memory()
    }

    async fn observe(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
    ) -> Result<Option<ApiLimitActual>, Fault> {
        let Some(id) = memory.as_ref() else {
            return Ok(Some(ApiLimitActual { stage: None, switched: false }));
        };
        let stage = cloud.api.get_stage().api_id(id).stage_name(STAGE).send().await;
        let Some(stage) = stage.found("apigateway:GetStage", GONE)? else {
            *memory = None;
            return Ok(Some(ApiLimitActual { stage: None, switched: false }));
        };
        let settings = stage.default_route_settings.unwrap_or_else(|| RouteSettings::builder().build());
        let limit =
            StageLimit { burst: settings.throttling_burst_limit, rate: settings.throttling_rate_limit };
        let switched =
            limit == self.wanted() || Box::pin(self.distribution.streams_everywhere(cloud)).await?;
        Ok(Some(ApiLimitActual { stage: Some(limit), switched }))
    }

    /// The node of the API checks the owner.
    fn ownership(&self, _: &ApiLimitActual) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, _: &ApiLimitDesired, actual: Option<&ApiLimitActual>) -> Vec<Change> {
        let (mut changes, wanted) = (Changes::new(), self.wanted());
        let stage = actual.and_then(|actual| actual.stage.as_ref());
        changes
            .optional("throttle.burst", wanted.burst.as_ref(), stage.and_then(|stage| stage.burst.as_ref()))
            .optional("throttle.rate", wanted.rate.as_ref(), stage.and_then(|stage| stage.rate.as_ref()));
        changes.into_vec()
    }

    fn status(&self, actual: &ApiLimitActual) -> Status {
        if actual.switched || actual.stage.is_none() {
            Status::Ready
        } else {
            Status::Deferred(distribution::deploying())
        }
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
        desired: &ApiLimitDesired,
        actual: Option<&ApiLimitActual>,
    ) -> Result<Pushed<ApiLimitActual>, Fault> {
        let wanted = self.wanted();
        if actual.is_none_or(|actual| actual.stage.is_none()) {
            *memory = Some(desired.api_id.clone());
            return Ok(Pushed::Observe);
        }
        let settings = RouteSettings::builder()
            .set_throttling_burst_limit(wanted.burst)
            .set_throttling_rate_limit(wanted.rate)
            .detailed_metrics_enabled(false);
        let update = cloud.api.update_stage().api_id(&desired.api_id).stage_name(STAGE);
        let update = update.default_route_settings(settings.build()).send().await;
        update.fault("apigateway:UpdateStage")?;
        Ok(Pushed::Actual(ApiLimitActual { stage: Some(wanted), switched: true }))
    }

    /// The limit is deleted with the API.
    async fn delete(&self, _: &Cloud, _: &mut Self::Memory, _: &ApiLimitActual) -> Result<Removed, Fault> {
        Ok(Removed::Done)
    }

    fn output(&self, _: &ApiLimitActual) -> Option<()> {
        Some(())
    }
}

#[cfg(test)]
mod tests;
