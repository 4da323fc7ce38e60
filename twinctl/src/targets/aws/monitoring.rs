//! Calls of `CloudWatch` that are not about logs: alarms and dashboards.
//!
//! The crate `aws-sdk-cloudwatch` has 90,000 lines, more than it is worth for eight calls, and it speaks a binary protocol.
//! `CloudWatch` also accepts the JSON protocol of `CloudWatch` Logs, so the client for logs sends the calls, with another
//! endpoint and another service in the signature. Thus they pass the write gate, the call log and the error table like all
//! other calls.

use std::collections::HashMap;

use aws_sdk_cloudwatchlogs::{
    Client,
    config::endpoint::{Endpoint, EndpointFuture, Params, ResolveEndpoint},
    operation::delete_log_group::DeleteLogGroupError,
};
use aws_smithy_runtime_api::client::{
    orchestrator::{HttpRequest, HttpResponse},
    result::SdkError,
};
use aws_smithy_types::{Document, body::SdkBody};
use serde_json::Value;

use super::json_response::JsonResponse;

const TARGET: &str = "GraniteServiceVersion20100801";
/// The service in the signature and in the hostname.
const SERVICE: &str = "monitoring";

/// Creates the client. A custom endpoint is that of all services.
pub(super) fn client(config: &aws_config::SdkConfig, region: &str, endpoint_url: Option<&str>) -> Client {
    let url =
        endpoint_url.map_or_else(|| format!("https://{SERVICE}.{region}.amazonaws.com"), ToOwned::to_owned);
    let resolver = Resolver { url, region: region.to_owned() };
    let config = aws_sdk_cloudwatchlogs::config::Builder::from(config);
    Client::from_conf(config.endpoint_resolver(resolver).build())
}

#[derive(Debug)]
struct Resolver {
    url: String,
    region: String,
}

impl ResolveEndpoint for Resolver {
    fn resolve_endpoint<'a>(&'a self, _: &'a Params) -> EndpointFuture<'a> {
        let scheme = [("name", "sigv4"), ("signingName", SERVICE), ("signingRegion", &self.region)];
        let scheme = scheme.map(|(name, value)| (name.to_owned(), Document::from(value.to_owned())));
        let schemes = Document::Array(vec![Document::Object(HashMap::from(scheme))]);
        EndpointFuture::ready(Ok(Endpoint::builder()
            .url(self.url.clone())
            .property("authSchemes", schemes)
            .build()))
    }
}

/// Sends a request and returns the JSON of its response.
pub(super) async fn call(
    client: &Client,
    operation: &'static str,
    body: &Value,
) -> Result<Value, SdkError<DeleteLogGroupError, HttpResponse>> {
    let body = body.to_string();
    let received = JsonResponse::default();
    let request = client.delete_log_group().log_group_name("-").customize();
    let request = request.interceptor(received.clone());
    request.mutate_request(move |request| replace(request, operation, &body)).send().await?;
    Ok(received.take())
}

/// Replaces the operation and the body. This happens before the request is signed.
fn replace(request: &mut HttpRequest, operation: &str, body: &str) {
    let headers = request.headers_mut();
    headers.insert("x-amz-target", format!("{TARGET}.{operation}"));
    headers.insert("content-type", "application/x-amz-json-1.0");
    headers.insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body);
}
