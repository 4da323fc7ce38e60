//! Checks a version by its number, before visitors can reach it: its health, and one question.

use aws_sdk_lambda::{operation::invoke::InvokeOutput, primitives::Blob};
use reconcile::{Backoff, Class, Fault, Wait};
use serde_json::{Value, json};

use super::function;
use crate::targets::aws::{SdkResult, names::STREAM_STAGE};
use crate::targets::record::OriginSecrets;
use crate::twin::question::{Finding, Refusal, Rejected, Report};
use crate::ui::ApiError;

/// The most characters of an unexpected response that are reported.
const MAX_REPORTED: usize = 300;
/// The number of invocations, over about 30 seconds, after which a missing permission is an error. New permissions
/// take effect within seconds.
const MAX_DENIALS: u32 = 9;
const PERMISSIONS: Backoff = Backoff::from_millis(1_000, 4_000, 120_000);
/// The reported response of a version that cannot stream.
const NO_STREAM: &str = "no stream, which `streaming: true` requires; this version of twin-lambda is too old";
/// The status with which a twin rejects an empty message.
const EMPTY_MESSAGE: u16 = 422;
/// Separates status and headers from the body of a streamed response.
const SEPARATOR: [u8; 8] = [0; 8];

/// A check of a version.
#[derive(Debug, Clone, PartialEq)]
pub struct HealthCheck {
    pub(super) version: String,
    /// Whether the version has to answer a question.
    ask: bool,
    /// Whether there is no other version for visitors.
    is_first: bool,
    /// Whether the version has to answer the stream API.
    streams: bool,
    denials: u32,
    pub(super) health: Health,
    /// The report about the question, if one was asked.
    pub(super) question: Option<Report>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Health {
    /// Lambda is still preparing the version.
    Pending,
    /// The permissions of the function's role may not have taken effect yet.
    Denied,
    Healthy,
    /// The response of the version.
    Unhealthy(String),
    /// The version is healthy, but visitors would get no answer.
    Rejected(Refusal),
}

/// A new version failed its health check.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("version {version} failed its health check and gets no visitors; its response was: {answer}")]
pub struct Unhealthy {
    pub version: String,
    pub answer: String,
}

impl HealthCheck {
    pub(super) fn pending(version: &str, ask: bool, streams: bool, is_first: bool) -> Self {
        let version = version.to_owned();
        Self { version, ask, is_first, streams, denials: 0, health: Health::Pending, question: None }
    }

    /// Invokes the version and checks its response. Health and question are one invocation. The check of streams follows,
    /// because the reserved concurrency may be one.
    pub(super) async fn run(
        mut self,
        lambda: &aws_sdk_lambda::Client,
        function: &str,
    ) -> Result<Self, Fault> {
        let invoke = lambda.invoke().function_name(function).qualifier(&self.version);
        let mut payload = json!({ "twinctl": "smoke" });
        if self.ask {
            payload["ask"] = true.into();
        }
        let payload = Blob::new(payload.to_string());
        match invoke.payload(payload).send().await.fault("lambda:InvokeFunction") {
            Ok(response) => self.read(&response),
            Err(fault) => self.health = health_without_response(fault)?,
        }
        if self.health == Health::Healthy
            && self.streams
            && !answers_streams(lambda, function, &self.version).await?
        {
            self.health = Health::Unhealthy(NO_STREAM.to_owned());
        }
        Ok(self)
    }

    fn read(&mut self, response: &InvokeOutput) {
        let payload = response.payload.as_ref().map(Blob::as_ref).unwrap_or_default();
        let mut body: Value = serde_json::from_slice(payload).unwrap_or_default();
        if response.function_error.is_some() || body["status"] != "healthy" {
            let answer = String::from_utf8_lossy(payload).chars().take(MAX_REPORTED).collect();
            self.health = Health::Unhealthy(answer);
            return;
        }
        // Earlier versions of twin-lambda, which a rollback deploys, know no question.
        self.question = serde_json::from_value(body["question"].take()).ok();
        self.health = match self.question.as_ref().map(Report::finding) {
            Some(Finding::Denied(_)) if self.denials < MAX_DENIALS => {
                self.denials += 1;
                Health::Denied
            }
            finding => {
                let refusal = finding.and_then(|finding| finding.rejects(self.is_first));
                refusal.map_or(Health::Healthy, Health::Rejected)
            }
        };
    }

    /// Returns what the check waits for before it is repeated.
    pub(super) fn wait(&self) -> Option<Wait> {
        let version = &self.version;
        match self.health {
            Health::Pending => {
                Some(Wait::new(format!("Lambda to prepare version {version}"), function::UPDATING))
            }
            Health::Denied => {
                Some(Wait::new(format!("the permissions of version {version} to take effect"), PERMISSIONS))
            }
            Health::Healthy | Health::Unhealthy(_) | Health::Rejected(_) => None,
        }
    }

    /// Returns the fault for a version that visitors must not reach.
    pub(super) fn failure(&self) -> Option<Fault> {
        let version = self.version.clone();
        match &self.health {
            Health::Unhealthy(answer) => {
                Some(Fault::new(Class::Refused, Unhealthy { version, answer: answer.clone() }))
            }
            Health::Rejected(refusal) => {
                let rejected = Rejected { version: format!("version {version}"), refusal: refusal.clone() };
                Some(Fault::new(Class::Refused, rejected))
            }
            Health::Pending | Health::Denied | Health::Healthy => None,
        }
    }
}

/// Returns whether a version answers requests of a REST API, with a response in the form of a stream. If it does not, API
/// Gateway answers visitors with 502.
pub async fn answers_streams(
    lambda: &aws_sdk_lambda::Client,
    function: &str,
    version: &str,
) -> Result<bool, Fault> {
    let request = json!({
        "httpMethod": "GET",
        "path": contract::api::HEALTH,
        "headers": {},
        "requestContext": { "apiId": "twinctl", "stage": STREAM_STAGE },
    });
    let response = invoke(lambda, function, version, &request).await?;
    Ok(response.is_some_and(|payload| payload.windows(SEPARATOR.len()).any(|bytes| bytes == SEPARATOR)))
}

/// Sends an empty message in the form of the HTTP API, and returns whether the version rejects it as empty, without
/// asking the model or storing anything. The question of a [`HealthCheck`] does not pass the routes of the API, so a
/// version can answer it and still reject all visitors.
pub(super) async fn reads_messages(
    lambda: &aws_sdk_lambda::Client,
    function: &str,
    version: &str,
    origin: &OriginSecrets,
) -> Result<Health, Fault> {
    let secret = origin.sent().first().map(|secret| secret.as_str().to_owned());
    let request = json!({
        "version": "2.0",
        "rawPath": contract::api::CHAT,
        "headers": { "content-type": "application/json", contract::api::ORIGIN_SECRET_HEADER: secret },
        "requestContext": { "http": { "method": "POST" } },
        "body": json!({ "message": "" }).to_string(),
    });
    let response = match invoke(lambda, function, version, &request).await {
        Ok(payload) => payload.and_then(|payload| serde_json::from_slice::<Value>(&payload).ok()),
        Err(fault) => return health_without_response(fault),
    };
    let status = response.map(|mut response| response["statusCode"].take()).unwrap_or_default();
    Ok(if status == EMPTY_MESSAGE { Health::Healthy } else { Health::Unhealthy(status.to_string()) })
}

/// Returns the response of a version, unless the function fails.
async fn invoke(
    lambda: &aws_sdk_lambda::Client,
    function: &str,
    version: &str,
    request: &Value,
) -> Result<Option<Vec<u8>>, Fault> {
    let invoke = lambda.invoke().function_name(function).qualifier(version);
    let response = invoke.payload(Blob::new(request.to_string())).send().await;
    let response = response.fault("lambda:InvokeFunction")?;
    Ok(response.payload.filter(|_| response.function_error.is_none()).map(Blob::into_inner))
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
