//! A stub of a `DynamoDB` table with conditional updates, which can fail on request.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};

use super::serve::serve;
use crate::body::Body;
use crate::clock;

#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    /// The amount of each month.
    pub(crate) months: Arc<Mutex<BTreeMap<String, i64>>>,
    /// The update of each request.
    pub(crate) updates: Arc<Mutex<Vec<Value>>>,
    /// The failures of the next requests, the last one first.
    pub(crate) failures: Arc<Mutex<Vec<Failure>>>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Failure {
    None,
    /// The update takes effect, and its response has the status 500.
    Lost,
    /// The update is refused with this code.
    Refused(&'static str),
}

/// Starts a stub and returns its URL and its table.
pub(crate) async fn table() -> (String, Table) {
    let table = Table::default();
    let served = table.clone();
    let url = serve(move |request| {
        let response = served.answer(&request);
        async move {
            // Updates of several visitors overlap.
            clock::sleep_with_jitter(Duration::from_millis(2)).await;
            response
        }
    })
    .await;
    (url, table)
}

/// Returns the settings of a twin that uses the stub at `url`.
pub(crate) fn settings(url: &str) -> [(&str, &str); 4] {
    [
        ("AWS_ENDPOINT_URL_DYNAMODB", url),
        ("USAGE_TABLE", "usage"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ]
}

impl Table {
    pub(crate) fn spent(&self, month: &str) -> i64 {
        self.months.lock().unwrap().get(month).copied().unwrap_or_default()
    }

    fn answer(&self, request: &Request<Bytes>) -> Response<Body> {
        assert_eq!(request.headers()["x-amz-target"], "DynamoDB_20120810.UpdateItem");
        let signature = request.headers()["authorization"].to_str().unwrap();
        assert!(signature.contains("/us-east-1/dynamodb/aws4_request"), "{signature}");
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        self.updates.lock().unwrap().push(body.clone());
        let failure = self.failures.lock().unwrap().pop();
        if let Some(Failure::Refused(code)) = failure {
            return error(400, code);
        }
        let number = |name: &str| -> Option<i64> {
            body["ExpressionAttributeValues"][name]["N"].as_str()?.parse().ok()
        };
        let month = body["Key"]["month"]["S"].as_str().unwrap().to_owned();
        let mut months = self.months.lock().unwrap();
        let is_met = match (body.get("ConditionExpression"), months.get(&month)) {
            (Some(_), Some(spent)) => *spent <= number(":most").unwrap(),
            _ => true,
        };
        if !is_met {
            return error(400, "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException");
        }
        *months.entry(month).or_default() += number(":amount").unwrap();
        match failure {
            Some(Failure::Lost) => error(500, "InternalServerError"),
            _ => Response::new(Body::Full("{}".into())),
        }
    }
}

fn error(status: u16, code: &str) -> Response<Body> {
    let body = json!({"__type": code, "message": "scripted"}).to_string();
    Response::builder().status(status).body(Body::Full(body.into())).unwrap()
}
