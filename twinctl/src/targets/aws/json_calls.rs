//! Calls of services whose SDK crate twinctl does not link: `CloudWatch` for alarms and dashboards, AWS Budgets, and Bedrock.
//!
//! The crate `aws-sdk-cloudwatch` has 90,000 lines, more than it is worth for eight calls, and it speaks a binary protocol.
//! `CloudWatch` also accepts the JSON protocol of `CloudWatch` Logs, and AWS Budgets has no other, so the client for logs sends
//! the calls, with another endpoint and another service in the signature. It also sends the only request to Bedrock, whose crate
//! has 200,000 lines. Thus all these calls pass the write gate, the call log and the error table, as those of other services do.

use std::collections::{BTreeMap, HashMap};

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
use serde_json::{Value, json};

use super::json_response::JsonResponse;

#[derive(Debug, Clone, Copy)]
struct Service {
    /// In the signature and in the hostname.
    name: &'static str,
    /// In front of the operation. A REST API has no names of operations.
    target: &'static str,
    content_type: &'static str,
}

const MONITORING: Service = Service {
    name: "monitoring",
    target: "GraniteServiceVersion20100801",
    content_type: "application/x-amz-json-1.0",
};
const BUDGETS: Service = Service {
    name: "budgets",
    target: "AWSBudgetServiceGateway",
    content_type: "application/x-amz-json-1.1",
};
const BEDROCK: Service = Service { name: "bedrock", target: "", content_type: "" };
/// The region in the signatures of AWS Budgets, which has one endpoint for all regions.
const REGION_OF_BUDGETS: &str = "us-east-1";

/// A client of one of the services.
#[derive(Debug, Clone)]
pub(super) struct JsonClient {
    client: Client,
    service: Service,
}

impl JsonClient {
    /// Creates the client for alarms and dashboards. A custom endpoint applies to all services.
    pub(super) fn monitoring(config: &aws_config::SdkConfig, region: &str, endpoint: Option<&str>) -> Self {
        let url = format!("https://{}.{region}.amazonaws.com", MONITORING.name);
        Self::new(config, MONITORING, region, endpoint.unwrap_or(&url))
    }

    pub(super) fn budgets(config: &aws_config::SdkConfig, endpoint: Option<&str>) -> Self {
        let url = format!("https://{}.amazonaws.com", BUDGETS.name);
        Self::new(config, BUDGETS, REGION_OF_BUDGETS, endpoint.unwrap_or(&url))
    }

    /// Creates the client for inference profiles.
    pub(super) fn bedrock(config: &aws_config::SdkConfig) -> Self {
        let region = config.region().map_or("", |region| region.as_ref());
        let url = format!("https://{}.{region}.amazonaws.com", BEDROCK.name);
        Self::new(config, BEDROCK, region, config.endpoint_url().unwrap_or(&url))
    }

    fn new(config: &aws_config::SdkConfig, service: Service, region: &str, url: &str) -> Self {
        let resolver = Resolver { url: url.to_owned(), service: service.name, region: region.to_owned() };
        let config = aws_sdk_cloudwatchlogs::config::Builder::from(config);
        Self { client: Client::from_conf(config.endpoint_resolver(resolver).build()), service }
    }
}

#[derive(Debug)]
struct Resolver {
    url: String,
    service: &'static str,
    region: String,
}

impl ResolveEndpoint for Resolver {
    fn resolve_endpoint<'a>(&'a self, _: &'a Params) -> EndpointFuture<'a> {
        let scheme = [("name", "sigv4"), ("signingName", self.service), ("signingRegion", &self.region)];
        let scheme = scheme.map(|(name, value)| (name.to_owned(), Document::from(value.to_owned())));
        let schemes = Document::Array(vec![Document::Object(HashMap::from(scheme))]);
        EndpointFuture::ready(Ok(Endpoint::builder()
            .url(self.url.clone())
            .property("authSchemes", schemes)
            .build()))
    }
}

type CallResult = Result<Value, SdkError<DeleteLogGroupError, HttpResponse>>;

/// Sends a request and returns the JSON of its response.
pub(super) async fn call(client: &JsonClient, operation: &'static str, body: &Value) -> CallResult {
    let (service, body) = (client.service, body.to_string());
    send(client, move |request| replace(request, service, operation, &body)).await
}

/// Reads a resource of a REST API. The path is encoded.
pub(super) async fn get(client: &JsonClient, path: String) -> CallResult {
    send(client, move |request| replace_by_get(request, &path)).await
}

/// Sends a request that is changed before it is signed.
async fn send(client: &JsonClient, change: impl Fn(&mut HttpRequest) + Send + Sync + 'static) -> CallResult {
    let received = JsonResponse::default();
    let request = client.client.delete_log_group().log_group_name("-").customize();
    request.interceptor(received.clone()).mutate_request(change).send().await?;
    Ok(received.take())
}

fn replace_by_get(request: &mut HttpRequest, path: &str) {
    let uri = format!("{}{path}", request.uri().trim_end_matches('/'));
    request.set_uri(uri).expect("the endpoint and an encoded path are a URI");
    request.set_method("GET").expect("a method of HTTP");
    for name in ["x-amz-target", "content-type", "content-length"] {
        request.headers_mut().remove(name);
    }
    *request.body_mut() = SdkBody::empty();
}

/// Replaces the operation and the body.
fn replace(request: &mut HttpRequest, service: Service, operation: &str, body: &str) {
    let headers = request.headers_mut();
    headers.insert("x-amz-target", format!("{}.{operation}", service.target));
    headers.insert("content-type", service.content_type);
    headers.insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body);
}

/// Reads a list of tags.
pub(super) fn tags(list: &Value) -> BTreeMap<String, String> {
    let pair = |tag: &Value| Some((tag["Key"].as_str()?.to_owned(), tag["Value"].as_str()?.to_owned()));
    list.as_array().into_iter().flatten().filter_map(pair).collect()
}

/// Returns tags as a list.
pub(super) fn tag_list<T: Into<String>>(tags: impl IntoIterator<Item = (T, T)>) -> Value {
    tags.into_iter().map(|(key, value)| json!({ "Key": key.into(), "Value": value.into() })).collect()
}
