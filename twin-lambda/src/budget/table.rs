//! Counts spending in a DynamoDB table with one item for each month.

use std::time::Duration;

use contract::budget::{MONTH, SPENT};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::change::{Change, UsageError};
use crate::aws::Aws;
use crate::client::read_body;
use crate::clock;
use crate::config::Service;

/// The longest time that a turn waits for a reservation or a settlement.
pub(super) const TIMEOUT: Duration = Duration::from_secs(if cfg!(test) { 120 } else { 4 });
const ATTEMPTS: u32 = 3;
/// The time limit of one attempt. `DynamoDB` usually responds in a hundredth of it.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(if cfg!(test) { 120 } else { 1 });

/// The usage table.
#[derive(Clone, Debug)]
pub struct Table {
    aws: Aws,
    name: String,
}

impl Table {
    pub fn new(aws: Aws, name: String) -> Self {
        Self { aws, name }
    }

    /// Changes the month's amount. Returns false if it is larger than the change allows.
    ///
    /// A request without a response may have taken effect. A repeated reservation then counts twice, which is too much rather
    /// than too little; a settlement is not repeated, because it could count too little.
    pub(super) async fn change(&self, change: &Change<'_>, until: Instant) -> Result<bool, UsageError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            // A settlement without a response is not repeated, so it may take longer.
            let patience = if change.at_most.is_some() { ATTEMPT_TIMEOUT } else { TIMEOUT };
            let outcome = self.attempt(change, until.min(Instant::now() + patience)).await;
            let may_repeat = match &outcome {
                Err(UsageError::Rejected { message, .. }) if is_throttled(message) => true,
                Err(UsageError::Rejected { status, .. }) => *status >= 500 && change.at_most.is_some(),
                Err(UsageError::Unreachable(error)) => {
                    error.is_transient() && (change.at_most.is_some() || !error.may_have_arrived())
                }
                _ => false,
            };
            if !may_repeat || attempt == ATTEMPTS || Instant::now() >= until {
                return outcome;
            }
            clock::sleep_with_jitter(Duration::from_millis(50) * attempt).await;
        }
    }

    async fn attempt(&self, change: &Change<'_>, until: Instant) -> Result<bool, UsageError> {
        let (content_type, target) = ("application/x-amz-json-1.0", "DynamoDB_20120810.UpdateItem");
        let request = self.aws.json(Service::DynamoDb, content_type, target, &self.body(change));
        let response = self.aws.send(request, until).await?;
        let status = response.status();
        if status == StatusCode::OK {
            return Ok(true);
        }
        let body = read_body(response.into_body(), until).await?;
        let error: Value = serde_json::from_slice(&body).unwrap_or_default();
        let code = error["__type"].as_str().unwrap_or_default();
        let code = code.rsplit('#').next().unwrap_or_default();
        if code == "ConditionalCheckFailedException" {
            return Ok(false);
        }
        let text = error["message"].as_str().or_else(|| error["Message"].as_str()).unwrap_or_default();
        let message = format!("{code}: {text}").chars().take(300).collect();
        Err(UsageError::Rejected { status: status.as_u16(), message })
    }

    fn body(&self, change: &Change<'_>) -> Value {
        let number = |number: String| json!({"N": number});
        let mut body = json!({
            "TableName": self.name,
            "Key": {MONTH: {"S": change.month}},
            "UpdateExpression": "ADD #spent :amount",
            "ExpressionAttributeNames": {"#spent": SPENT},
            "ExpressionAttributeValues": {":amount": number(change.amount.to_string())},
        });
        if let Some(most) = change.at_most {
            body["ConditionExpression"] = "attribute_not_exists(#spent) OR #spent <= :most".into();
            body["ExpressionAttributeValues"][":most"] = number(most.to_string());
        }
        body
    }
}

fn is_throttled(message: &str) -> bool {
    const CODES: [&str; 3] =
        ["ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"];
    CODES.iter().any(|code| message.starts_with(code))
}
