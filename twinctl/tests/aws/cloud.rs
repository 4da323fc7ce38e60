//! Clients of the emulated AWS.

use std::sync::Arc;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use reconcile::Silent;
use serde_json::Value;
use testbed::http;
use twinctl::targets::aws::{Cloud, Login, http_client};

pub(crate) fn config(credentials: Credentials, region: &str, endpoint: &str) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(http_client(None))
        .region(Region::new(region.to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint)
        .build()
}

pub(crate) fn cloud(config: &SdkConfig, account: &str) -> Cloud {
    let region = config.region().map(ToString::to_string).unwrap_or_default();
    let endpoint_url = config.endpoint_url().map(ToOwned::to_owned);
    let login = Login { region, endpoint_url, ..Login::default() };
    Cloud::new(config, &login, account.to_owned(), Arc::new(Silent))
}

/// Sends a request about alarms or dashboards, which have no client here.
pub(crate) fn monitoring(cloud: &Cloud, operation: &str, body: &Value) -> Value {
    json_call(cloud, ("monitoring", "GraniteServiceVersion20100801"), operation, body)
}

/// Sends a request about budgets, which have no client here.
pub(crate) fn budgets(cloud: &Cloud, operation: &str, body: &Value) -> Value {
    json_call(cloud, ("budgets", "AWSBudgetServiceGateway"), operation, body)
}

fn json_call(cloud: &Cloud, (service, target): (&str, &str), operation: &str, body: &Value) -> Value {
    let scope = format!("test/20260101/{}/{service}/aws4_request", cloud.region);
    let scope = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
    let target = format!("{target}.{operation}");
    let headers = [
        ("Authorization", scope.as_str()),
        ("X-Amz-Target", &target),
        ("Content-Type", "application/x-amz-json-1.0"),
    ];
    send(cloud, &format!("{service}.localhost"), "POST /", &headers, &body.to_string())
}

/// Sends a request to the API for REST APIs, which has no client here.
pub(crate) fn rest(cloud: &Cloud, request: &str, body: &Value) -> Value {
    let scope = format!("test/20260101/{}/apigateway/aws4_request", cloud.region);
    let scope = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
    let headers = [
        ("Authorization", scope.as_str()),
        ("Accept", "application/json"),
        ("Content-Type", "application/json"),
    ];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    send(cloud, "apigateway.localhost", request, &headers, &body)
}

/// Returns the JSON of the response.
fn send(cloud: &Cloud, host: &str, request: &str, headers: &[(&str, &str)], body: &str) -> Value {
    let address = cloud.endpoint_url.as_deref().unwrap().trim_start_matches("http://");
    let response = http::send(address, host, request, headers, body).unwrap();
    assert!(response.status < 300, "{request} {headers:?}: {response:?}");
    serde_json::from_str(&response.body).unwrap_or_default()
}
