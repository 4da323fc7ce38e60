//! The policy of the function's role: access to its log group, its two buckets and its model.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Boundary, RoleDesired};

/// The resources that the function accesses.
#[derive(Debug, Clone, Copy)]
pub struct FunctionAccess<'a> {
    /// Without a trailing `:*`.
    pub log_group_arn: &'a str,
    pub memory_bucket: &'a str,
    pub data_bucket: &'a str,
    /// Empty for a model that is not invoked through Bedrock.
    pub model_arns: &'a [String],
    /// The secret that contains the model provider's API key.
    pub key_arn: Option<&'a str>,
}

/// Returns the policy of the function's role. Wildcards are used only at the end of object and log stream ARNs, because
/// these names are not known in advance.
pub fn function_policy(access: &FunctionAccess<'_>) -> Value {
    let bucket = |name: &str| format!("arn:aws:s3:::{name}");
    let objects = |name: &str| format!("arn:aws:s3:::{name}/*");
    // The tags decide what the lifecycle rules delete.
    let memory = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject", "s3:PutObjectTagging"];
    let mut statements = vec![
        // Without CreateLogGroup, so that a late log line does not recreate a deleted group.
        allow(
            "WriteLogs",
            &["logs:CreateLogStream", "logs:PutLogEvents"],
            &[format!("{}:*", access.log_group_arn)],
        ),
        allow("KeepConversations", &memory, &[objects(access.memory_bucket)]),
        allow("ReadPersona", &["s3:GetObject"], &[objects(access.data_bucket)]),
        // Without ListBucket, S3 answers 403 for a missing key, and every new conversation fails.
        allow("TellMissing", &["s3:ListBucket"], &[bucket(access.memory_bucket), bucket(access.data_bucket)]),
    ];
    if !access.model_arns.is_empty() {
        let invoke = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"];
        statements.push(allow("AskModel", &invoke, access.model_arns));
    }
    statements.extend(
        access.key_arn.map(|arn| allow("ReadKey", &["secretsmanager:GetSecretValue"], &[arn.to_owned()])),
    );
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// Returns the policy with which the function counts what its model costs.
pub fn usage_policy(table_arn: &str) -> Value {
    let statement = allow("CountSpending", &["dynamodb:UpdateItem"], &[table_arn.to_owned()]);
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}

fn allow(id: &str, actions: &[&str], resources: &[String]) -> Value {
    json!({ "Sid": id, "Effect": "Allow", "Action": actions, "Resource": resources })
}

pub(super) const DESCRIPTION: &str = "Permissions of the function of an AI twin";

impl RoleDesired {
    /// The role that the function runs as.
    pub fn of_function(policy: Value, boundary: Boundary) -> Self {
        Self {
            description: DESCRIPTION.to_owned(),
            trust: trust(),
            policy: Some(policy),
            attached: BTreeSet::new(),
            boundary,
        }
    }
}

/// Returns the trust policy: Lambda can assume the role.
pub(super) fn trust() -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "Lambda",
            "Effect": "Allow",
            "Principal": { "Service": "lambda.amazonaws.com" },
            "Action": "sts:AssumeRole",
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(model_arns: &[String]) -> Value {
        function_policy(&FunctionAccess {
            log_group_arn: "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/twin-dev-api",
            memory_bucket: "memory",
            data_bucket: "data",
            model_arns,
            key_arn: None,
        })
    }

    #[test]
    fn the_policy_grants_exactly_these_permissions() {
        let model = "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0".to_owned();
        let Value::Array(statements) = policy(&[model])["Statement"].take() else { panic!() };
        let line = |s: &Value| format!("{}: {} on {}", s["Sid"], s["Action"], s["Resource"]).replace('"', "");
        let lines: Vec<_> = statements.iter().map(line).collect();
        assert_eq!(
            lines,
            [
                "WriteLogs: [logs:CreateLogStream,logs:PutLogEvents] on \
                 [arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/twin-dev-api:*]",
                "KeepConversations: [s3:DeleteObject,s3:GetObject,s3:PutObject,s3:PutObjectTagging] on \
                 [arn:aws:s3:::memory/*]",
                "ReadPersona: [s3:GetObject] on [arn:aws:s3:::data/*]",
                "TellMissing: [s3:ListBucket] on [arn:aws:s3:::memory,arn:aws:s3:::data]",
                "AskModel: [bedrock:InvokeModel,bedrock:InvokeModelWithResponseStream] on \
                 [arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0]",
            ]
        );
    }

    #[test]
    fn without_bedrock_models_the_policy_does_not_allow_bedrock() {
        assert!(!policy(&[]).to_string().contains("bedrock"));
    }

    #[test]
    fn only_the_given_secret_is_readable() {
        let arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:twin-dev-openai-key-AbCdEf";
        let policy = function_policy(&FunctionAccess {
            log_group_arn: "l",
            memory_bucket: "m",
            data_bucket: "d",
            model_arns: &[],
            key_arn: Some(arn),
        });
        let last = policy["Statement"].as_array().unwrap().last().unwrap();
        assert_eq!(
            (&last["Action"], &last["Resource"]),
            (&json!(["secretsmanager:GetSecretValue"]), &json!([arn]))
        );
    }
}
