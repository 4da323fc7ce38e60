//! The JSON of a response to a request that the SDK has no operation for.

use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::AfterDeserializationInterceptorContextRef},
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::Value;

/// Keeps the JSON of a response.
#[derive(Debug, Clone, Default)]
pub(super) struct JsonResponse(Arc<Mutex<Option<Value>>>);

impl JsonResponse {
    /// Returns the JSON, or null if the response was empty.
    pub(super) fn take(&self) -> Value {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }
}

impl Intercept for JsonResponse {
    fn name(&self) -> &'static str {
        "JsonResponse"
    }

    /// Fails if the response is not JSON, such as the error page of a proxy.
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
