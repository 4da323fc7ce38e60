//! The `OpenAPI` definition of the API: one method for all paths below `/api`.

use serde_json::{Value, json};

use super::StreamApiDesired;
use crate::system::hash;

/// The path of the only method.
pub(super) const PATH: &str = "/api/{proxy+}";
pub(super) const METHOD: &str = "ANY";
/// The longest timeout that AWS allows for streams. The function's own timeout is shorter.
const TIMEOUT_MS: i64 = 900_000;

/// The settings of the method and its integration, by the name of the field in a plan.
pub(super) fn method_settings(desired: &StreamApiDesired) -> [(&'static str, String); 8] {
    [
        ("authorization", "NONE".to_owned()),
        ("api_key", false.to_string()),
        ("type", "AWS_PROXY".to_owned()),
        // Lambda is invoked with a POST, whatever the visitor's method is.
        ("http_method", "POST".to_owned()),
        ("passthrough", "WHEN_NO_MATCH".to_owned()),
        ("target", desired.uri.clone()),
        ("transfer", "STREAM".to_owned()),
        ("timeout_ms", TIMEOUT_MS.to_string()),
    ]
}

pub(crate) fn definition(name: &str, description: &str, desired: &StreamApiDesired) -> Value {
    json!({
        "openapi": "3.0.1",
        "info": { "title": name, "description": description, "version": "1" },
        "paths": { PATH: { "x-amazon-apigateway-any-method": {
            "parameters": [
                { "name": "proxy", "in": "path", "required": true, "schema": { "type": "string" } },
            ],
            // OpenAPI requires it. The function decides about the response.
            "responses": { "200": { "description": "200 response" } },
            "x-amazon-apigateway-integration": {
                "type": "aws_proxy",
                "httpMethod": "POST",
                "uri": desired.uri,
                "responseTransferMode": "STREAM",
                "timeoutInMillis": TIMEOUT_MS,
                "passthroughBehavior": "when_no_match",
            },
        } } },
    })
}

/// Returns the description of a deployment of this definition. A deployment that was made by hand has another one.
pub(super) fn deployment(definition: &Value) -> String {
    format!("twinctl {}", &hash::sha256(definition.to_string())[..16])
}
