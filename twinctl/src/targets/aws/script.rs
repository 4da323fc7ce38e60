//! A scripted AWS, for responses that the emulator does not give. Tests only.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::{
    http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    runtime_components::RuntimeComponents,
};
use aws_smithy_types::body::SdkBody;
use reconcile::Silent;

use super::{Cloud, Login};

/// A scripted response.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    Response {
        status: u16,
        body: String,
        headers: Vec<(&'static str, String)>,
    },
    /// The connection breaks, and there is no response.
    Lost,
}

/// A response with status 200 and this body.
pub(crate) fn ok(body: &str) -> Reply {
    Reply::Response { status: 200, body: body.to_owned(), headers: vec![] }
}

/// An error in JSON, in the format of Lambda, API Gateway, DynamoDB and `CloudWatch` Logs.
pub(crate) fn json_error(status: u16, code: &str, message: &str) -> Reply {
    let body = serde_json::json!({ "__type": code, "message": message }).to_string();
    Reply::Response { status, body, headers: vec![("x-amzn-errortype", code.to_owned())] }
}

/// An error in the XML format of S3.
pub(crate) fn s3_error(status: u16, code: &str) -> Reply {
    let body = format!("<Error><Code>{code}</Code><Message>scripted</Message></Error>");
    Reply::Response { status, body, headers: vec![] }
}

/// An error in the XML format of IAM and CloudFront.
pub(crate) fn xml_error(status: u16, code: &str, message: &str) -> Reply {
    let error = format!("<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>");
    let body = format!("<ErrorResponse>{error}<RequestId>r</RequestId></ErrorResponse>");
    Reply::Response { status, body, headers: vec![] }
}

#[derive(Debug, Default)]
struct Inner {
    rules: Vec<(String, VecDeque<Reply>)>,
    log: Vec<String>,
}

/// An HTTP client that responds to each request with the first rule whose text is a prefix of the request's line. The
/// last response of a rule is repeated. A request without a rule panics.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script(Arc<Mutex<Inner>>);

impl Script {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a rule. A line is `Operation` if the protocol names the operation (IAM, STS, DynamoDB, `CloudWatch` Logs),
    /// else `METHOD /path?query`.
    #[must_use]
    pub(crate) fn on(self, line: &str, replies: impl IntoIterator<Item = Reply>) -> Self {
        self.0
            .lock()
            .expect("one test, one thread")
            .rules
            .push((line.to_owned(), replies.into_iter().collect()));
        self
    }

    /// Returns the lines of all requests so far.
    pub(crate) fn log(&self) -> Vec<String> {
        self.0.lock().expect("one test, one thread").log.clone()
    }

    pub(crate) fn config(&self) -> SdkConfig {
        let credentials = Credentials::new("AKIDTEST", "secret", None, None, "script");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::disabled())
            .http_client(self.clone())
            .endpoint_url("http://127.0.0.1:1")
            .build()
    }

    pub(crate) fn cloud(&self) -> Cloud {
        let login = Login {
            region: "eu-central-1".to_owned(),
            endpoint_url: Some("http://127.0.0.1:1".to_owned()),
            ..Login::default()
        };
        Cloud::new(&self.config(), &login, "123456789012".to_owned(), Arc::new(Silent))
    }

    fn reply(&self, line: &str) -> Reply {
        let mut inner = self.0.lock().expect("one test, one thread");
        inner.log.push(line.to_owned());
        let rule = inner.rules.iter_mut().find(|(beginning, _)| line.starts_with(beginning.as_str()));
        let (_, replies) = rule.unwrap_or_else(|| panic!("no rule for `{line}`"));
        let reply = if replies.len() > 1 { replies.pop_front() } else { replies.front().cloned() };
        reply.unwrap_or_else(|| panic!("the rule for `{line}` has no response"))
    }
}

fn line(request: &HttpRequest) -> String {
    if let Some(target) = request.headers().get("x-amz-target") {
        return target.rsplit('.').next().unwrap_or(target).to_owned();
    }
    let body = request.body().bytes().unwrap_or_default();
    let body = std::str::from_utf8(body).unwrap_or_default();
    if let Some(action) = body.strip_prefix("Action=") {
        return action.split('&').next().unwrap_or(action).to_owned();
    }
    let path = request.uri().trim_start_matches("http://127.0.0.1:1");
    format!("{} {path}", request.method())
}

impl HttpConnector for Script {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let result = match self.reply(&line(&request)) {
            Reply::Lost => Err(ConnectorError::io("scripted: the connection broke".into())),
            Reply::Response { status, body, headers } => {
                let status = status.try_into().expect("a valid status");
                let mut response = HttpResponse::new(status, SdkBody::from(body));
                for (name, value) in headers {
                    response.headers_mut().insert(name, value);
                }
                Ok(response)
            }
        };
        HttpConnectorFuture::ready(result)
    }
}

impl HttpClient for Script {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::aws::SdkResult;

    #[tokio::test]
    async fn responses_are_given_in_order_and_the_last_is_repeated() {
        let script = Script::new()
            .on("GetRole", [xml_error(400, "Throttling", "slow"), xml_error(404, "NoSuchEntity", "no")]);
        let cloud = script.cloud();
        let role =
            async || cloud.iam.get_role().role_name("r").send().await.found("iam:GetRole", &["NoSuchEntity"]);
        assert_eq!(role().await.unwrap_err().class, reconcile::Class::Throttled);
        assert!(role().await.unwrap().is_none());
        assert!(role().await.unwrap().is_none());
        assert_eq!(script.log(), ["GetRole", "GetRole", "GetRole"]);
    }

    #[tokio::test]
    async fn a_lost_request_has_no_response() {
        let script = Script::new().on("PUT /bucket", [Reply::Lost]);
        let response = script.cloud().s3.create_bucket().bucket("bucket").send().await;
        assert_eq!(response.fault("s3:CreateBucket").unwrap_err().class, reconcile::Class::Unavailable);
    }
}
