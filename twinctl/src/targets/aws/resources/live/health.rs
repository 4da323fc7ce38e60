//! Checks the health of a version by its number, before visitors can reach it.

use aws_sdk_lambda::{operation::invoke::InvokeOutput, primitives::Blob};
use reconcile::{Class, Fault};
use serde_json::{Value, json};

use crate::targets::aws::{Cloud, SdkResult};
use crate::ui::ApiError;

/// The most characters of an unexpected response that are reported.
const MAX_REPORTED: usize = 300;

/// A health check of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthCheck {
    pub(super) version: String,
    pub(super) health: Health,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Health {
    /// Lambda is still preparing the version.
    Pending,
    Healthy,
    /// The response of the version.
    Unhealthy(String),
}

/// A new version failed its health check.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("version {version} failed its health check and gets no visitors; its response was: {answer}")]
pub struct Unhealthy {
    pub version: String,
    pub answer: String,
}

impl HealthCheck {
    pub(super) fn pending(version: &str) -> Self {
        Self { version: version.to_owned(), health: Health::Pending }
    }

    /// Invokes the version and checks its response.
    pub(super) async fn run(cloud: &Cloud, function: &str, version: &str) -> Result<Self, Fault> {
        let invoke = cloud.lambda.invoke().function_name(function).qualifier(version);
        let payload = Blob::new(json!({ "twinctl": "smoke" }).to_string());
        let health = match invoke.payload(payload).send().await.fault("lambda:InvokeFunction") {
            Ok(response) => health(&response),
            Err(fault) => health_without_response(fault)?,
        };
        Ok(Self { version: version.to_owned(), health })
    }

    /// Returns the fault for an unhealthy version.
    pub(super) fn failure(&self) -> Option<Fault> {
        let Health::Unhealthy(answer) = &self.health else { return None };
        let unhealthy = Unhealthy { version: self.version.clone(), answer: answer.clone() };
        Some(Fault::new(Class::Refused, unhealthy))
    }
}

fn health(response: &InvokeOutput) -> Health {
    let payload = response.payload.as_ref().map(Blob::as_ref).unwrap_or_default();
    let body: Value = serde_json::from_slice(payload).unwrap_or_default();
    if response.function_error.is_none() && body["status"] == "healthy" {
        return Health::Healthy;
    }
    Health::Unhealthy(String::from_utf8_lossy(payload).chars().take(MAX_REPORTED).collect())
}

/// Returns the health of a version that Lambda refused to invoke. Lambda uses the same error code for a version that
/// it is still preparing and for one that it failed to prepare.
fn health_without_response(fault: Fault) -> Result<Health, Fault> {
    match fault.cause::<ApiError>() {
        Some(error) if error.code == "ResourceConflictException" => {
            let failed = error.message.contains("state: Failed");
            Ok(if failed { Health::Unhealthy(error.message.clone()) } else { Health::Pending })
        }
        _ => Err(fault),
    }
}
