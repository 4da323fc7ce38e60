//! Calls of API Gateway's API for REST APIs. They are sent by the client for HTTP APIs, which has the same endpoint, credentials
//! and errors, because the crate `aws-sdk-apigateway` takes longer to compile than the few calls are worth.

use aws_sdk_apigatewayv2::operation::delete_api::DeleteApiError;
use aws_smithy_runtime_api::client::{
    orchestrator::{HttpRequest, HttpResponse},
    result::SdkError,
};
use aws_smithy_types::body::SdkBody;
use serde_json::Value;

use crate::targets::aws::{Cloud, json_response::JsonResponse};

/// The path of the operation whose request is replaced. Its response has no content that the client would parse.
const REPLACED: &str = "/v2/apis/";

/// The error codes of an API, or a part of it, that does not exist.
pub(super) const GONE: &[&str] = &["NotFoundException"];

/// Sends a request and returns the JSON of its response, or null if it is empty.
pub(crate) async fn call(
    cloud: &Cloud,
    method: &'static str,
    path: &str,
    body: Option<&Value>,
) -> Result<Value, SdkError<DeleteApiError, HttpResponse>> {
    let (path, body) = (path.to_owned(), body.map(ToString::to_string));
    let received = JsonResponse::default();
    let request = cloud.api.delete_api().api_id("-").customize().interceptor(received.clone());
    request.mutate_request(move |request| replace(request, method, &path, body.as_deref())).send().await?;
    Ok(received.take())
}

/// Replaces everything but the endpoint. This happens before the request is signed.
fn replace(request: &mut HttpRequest, method: &str, path: &str, body: Option<&str>) {
    let endpoint = request.uri().split(REPLACED).next().unwrap_or_default();
    let uri = format!("{endpoint}{path}");
    request.set_uri(uri).expect("the endpoint and an encoded path are a URI");
    request.set_method(method).expect("a method of HTTP");
    // Without it, AWS answers with HAL, whose lists have other names.
    request.headers_mut().insert("accept", "application/json");
    if let Some(body) = body {
        request.headers_mut().insert("content-type", "application/json");
        request.headers_mut().insert("content-length", body.len().to_string());
        *request.body_mut() = SdkBody::from(body);
    }
}
