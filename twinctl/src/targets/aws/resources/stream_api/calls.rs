//! Calls of API Gateway's API for REST APIs. They are sent by the client for HTTP APIs, which has the same endpoint, credentials
//! and errors, because the crate `aws-sdk-apigateway` takes longer to compile than the few calls are worth.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_apigatewayv2::operation::delete_api::DeleteApiError;
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::AfterDeserializationInterceptorContextRef},
        orchestrator::{HttpRequest, HttpResponse},
        result::SdkError,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{body::SdkBody, config_bag::ConfigBag};
use serde_json::Value;

use crate::targets::aws::Cloud;

/// The path of the operation whose request is replaced. Its response has no content that the client would parse.
const REPLACED: &str = "/v2/apis/";

/// The error codes of an API, or a part of it, that does not exist.
pub(super) const GONE: &[&str] = &["NotFoundException"];

/// Sends a request and returns the JSON of its response, or null if it is empty.
pub(super) async fn call(
    cloud: &Cloud,
    method: &'static str,
    path: &str,
    body: Option<&Value>,
) -> Result<Value, SdkError<DeleteApiError, HttpResponse>> {
    let (path, body) = (path.to_owned(), body.map(ToString::to_string));
    let received = Received::default();
    let request = cloud.api.delete_api().api_id("-").customize().interceptor(received.clone());
    request.mutate_request(move |request| replace(request, method, &path, body.as_deref())).send().await?;
    Ok(received.0.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default())
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

/// The JSON of a response.
#[derive(Debug, Clone, Default)]
struct Received(Arc<Mutex<Option<Value>>>);

impl Intercept for Received {
    fn name(&self) -> &'static str {
        "Received"
    }

    /// Fails if the response is not JSON, like that of a proxy.
    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let body = response.body().bytes().unwrap_or_default();
        if response.status().is_success() && !body.is_empty() {
            let value = serde_json::from_slice(body)?;
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
        }
        Ok(())
    }
}
