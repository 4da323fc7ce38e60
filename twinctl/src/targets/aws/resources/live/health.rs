//! Asks a version for its health by its number, while visitors cannot reach it.

use aws_sdk_lambda::{operation::invoke::InvokeOutput, primitives::Blob};
use reconcile::{Class, Fault};
use serde_json::{Value, json};

use crate::targets::aws::{Answer, Cloud};
use crate::ui::ApiError;

/// So much of a wrong answer is told.
const TOLD: usize = 300;

/// What this run knows of a version's health.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    pub(super) version: String,
    pub(super) verdict: Verdict,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Lambda is not through with making it.
    Pending,
    Healthy,
    /// With its answer.
    Unhealthy(String),
}

/// A new version did not answer as a healthy one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("version {version} is not healthy, so visitors stay where they are; it answered: {answer}")]
pub struct Unhealthy {
    pub version: String,
    pub answer: String,
}

impl Trial {
    pub(super) fn pending(version: &str) -> Self {
        Self { version: version.to_owned(), verdict: Verdict::Pending }
    }

    pub(super) async fn of(cloud: &Cloud, function: &str, version: &str) -> Result<Self, Fault> {
        let invoke = cloud.lambda.invoke().function_name(function).qualifier(version);
        let payload = Blob::new(json!({ "twinctl": "smoke" }).to_string());
        let verdict = match invoke.payload(payload).send().await.fault("lambda:InvokeFunction") {
            Ok(answer) => judge(&answer),
            Err(fault) => not_invoked(fault)?,
        };
        Ok(Self { version: version.to_owned(), verdict })
    }

    /// The end of a run whose version is not healthy.
    pub(super) fn refusal(&self) -> Option<Fault> {
        let Verdict::Unhealthy(answer) = &self.verdict else { return None };
        let unhealthy = Unhealthy { version: self.version.clone(), answer: answer.clone() };
        Some(Fault::new(Class::Refused, unhealthy))
    }
}

fn judge(answer: &InvokeOutput) -> Verdict {
    let payload = answer.payload.as_ref().map(Blob::as_ref).unwrap_or_default();
    let said: Value = serde_json::from_slice(payload).unwrap_or_default();
    if answer.function_error.is_none() && said["status"] == "healthy" {
        return Verdict::Healthy;
    }
    Verdict::Unhealthy(String::from_utf8_lossy(payload).chars().take(TOLD).collect())
}

/// Lambda refuses with one code what it is still making and what it could not make.
fn not_invoked(fault: Fault) -> Result<Verdict, Fault> {
    match fault.cause::<ApiError>() {
        Some(error) if error.code == "ResourceConflictException" => {
            let failed = error.message.contains("state: Failed");
            Ok(if failed { Verdict::Unhealthy(error.message.clone()) } else { Verdict::Pending })
        }
        _ => Err(fault),
    }
}
