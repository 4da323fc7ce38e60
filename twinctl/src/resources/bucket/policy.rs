//! The policy of a bucket, in a form in which two that mean the same are the same.

use std::collections::BTreeMap;

use reconcile::{Change, Changes, Class, Fault};
use serde_json::{Value, json};

use crate::aws::{Answer, Cloud};

/// Statements by their name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy(BTreeMap<String, Value>);

impl Policy {
    pub fn new(statements: impl IntoIterator<Item = Value>) -> Self {
        let mut named = BTreeMap::new();
        for (index, statement) in statements.into_iter().enumerate() {
            let name = statement.get("Sid").and_then(Value::as_str).filter(|name| !named.contains_key(*name));
            let name = name.map_or_else(|| format!("statement {}", index + 1), ToOwned::to_owned);
            let mut statement = normal_statement(statement);
            statement.sort_all_objects();
            named.insert(name, statement);
        }
        Self(named)
    }

    pub fn parse(json: &str) -> Result<Self, serde_json::Error> {
        let mut document: Value = serde_json::from_str(json)?;
        Ok(match document.get_mut("Statement").map(Value::take) {
            Some(Value::Array(statements)) => Self::new(statements),
            Some(statement) => Self::new([statement]),
            None => Self::default(),
        })
    }

    pub fn to_json(&self) -> String {
        json!({ "Version": "2012-10-17", "Statement": self.0.values().collect::<Vec<_>>() }).to_string()
    }

    /// Adds a change for each statement that is missing, differs or stands beside ours.
    pub fn compare(&self, changes: &mut Changes, actual: Option<&Self>) {
        let none = BTreeMap::new();
        let actual = actual.map_or(&none, |actual| &actual.0);
        let mut names: Vec<_> = self.0.keys().chain(actual.keys()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let (new, old) = (self.0.get(name), actual.get(name));
            if new != old {
                let text = |statement: Option<&Value>| statement.map(short);
                changes.push(Change::new(format!("policy.{name}"), text(old), text(new)));
            }
        }
    }
}

/// Denies everything that is not encrypted on its way.
pub fn tls_only(bucket: &str) -> Value {
    json!({
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")],
        "Condition": { "Bool": { "aws:SecureTransport": "false" } },
    })
}

/// `None` where there is no policy, or no bucket.
pub async fn read(cloud: &Cloud, bucket: &str) -> Result<Option<Policy>, Fault> {
    let request = cloud.s3.get_bucket_policy().bucket(bucket).expected_bucket_owner(&cloud.account);
    let missing = ["NoSuchBucketPolicy", "NoSuchBucket"];
    let answer = request.send().await.found("s3:GetBucketPolicy", &missing)?;
    let policy = answer.and_then(|answer| answer.policy);
    policy.map(|json| Policy::parse(&json).map_err(|error| Fault::new(Class::Refused, error))).transpose()
}

pub async fn write(cloud: &Cloud, bucket: &str, policy: &Policy) -> Result<(), Fault> {
    let request = cloud.s3.put_bucket_policy().bucket(bucket).expected_bucket_owner(&cloud.account);
    request.policy(policy.to_json()).send().await.fault("s3:PutBucketPolicy").map(drop)
}

/// AWS takes one string for a list of one and gives lists in any order.
fn normal_statement(statement: Value) -> Value {
    let Value::Object(members) = statement else {
        return statement;
    };
    let normal = members.into_iter().map(|(name, value)| {
        let value = match name.as_str() {
            "Sid" | "Effect" => value,
            "Principal" | "NotPrincipal" if value.is_string() => value,
            _ => normal_value(value),
        };
        (name, value)
    });
    Value::Object(normal.collect())
}

fn normal_value(value: Value) -> Value {
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (name, normal_value(value))).collect())
        }
        Value::Array(values) => {
            let mut texts: Vec<_> = values.into_iter().map(text).collect();
            texts.sort_unstable();
            texts.dedup();
            texts.into()
        }
        single => vec![text(single)].into(),
    }
}

/// The statement without its name, lists of one as one.
fn short(statement: &Value) -> String {
    fn compact(value: &Value) -> Value {
        match value {
            Value::Array(values) if values.len() == 1 => compact(&values[0]),
            Value::Object(members) => {
                members.iter().map(|(name, value)| (name.clone(), compact(value))).collect()
            }
            other => other.clone(),
        }
    }
    let mut compact = compact(statement);
    if let Value::Object(members) = &mut compact {
        members.remove("Sid");
    }
    compact.to_string()
}
