//! What the function may do: its logs, its two buckets, its model, and nothing else.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::resource::{Limit, RoleDesired};

#[derive(Debug, Clone, Copy)]
pub struct RightsInput<'a> {
    /// Without the `:*` behind it.
    pub log_group_arn: &'a str,
    pub memory_bucket: &'a str,
    pub data_bucket: &'a str,
    /// None for a model that is not invoked through Bedrock.
    pub model_arns: &'a [String],
    /// The secret with the key of the model's server.
    pub key_arn: Option<&'a str>,
}

/// The policy of the function's role. The only wildcards are the tails of object and log stream ARNs: their names are
/// not known beforehand.
pub fn rights(input: &RightsInput<'_>) -> Value {
    let bucket = |name: &str| format!("arn:aws:s3:::{name}");
    let objects = |name: &str| format!("arn:aws:s3:::{name}/*");
    let mut statements = vec![
        // Not CreateLogGroup: a log line that comes late must not bring a deleted group back.
        allow(
            "WriteLogs",
            &["logs:CreateLogStream", "logs:PutLogEvents"],
            &[format!("{}:*", input.log_group_arn)],
        ),
        allow(
            "KeepConversations",
            &["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            &[objects(input.memory_bucket)],
        ),
        allow("ReadPersona", &["s3:GetObject"], &[objects(input.data_bucket)]),
        // Without it a missing key is answered with 403, and every new conversation fails.
        allow("TellMissing", &["s3:ListBucket"], &[bucket(input.memory_bucket), bucket(input.data_bucket)]),
    ];
    if !input.model_arns.is_empty() {
        let invoke = ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"];
        statements.push(allow("AskModel", &invoke, input.model_arns));
    }
    statements.extend(
        input.key_arn.map(|arn| allow("ReadKey", &["secretsmanager:GetSecretValue"], &[arn.to_owned()])),
    );
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn allow(id: &str, actions: &[&str], resources: &[String]) -> Value {
    json!({ "Sid": id, "Effect": "Allow", "Action": actions, "Resource": resources })
}

pub(super) const DESCRIPTION: &str = "What the function of an AI twin may do";

impl RoleDesired {
    /// The role that the function runs as.
    pub fn of_function(policy: Value, limit: Limit) -> Self {
        Self {
            description: DESCRIPTION.to_owned(),
            trust: trust(),
            policy: Some(policy),
            attached: BTreeSet::new(),
            limit,
        }
    }
}

/// Who may take the role on: Lambda.
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
        rights(&RightsInput {
            log_group_arn: "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/twin-dev-api",
            memory_bucket: "memory",
            data_bucket: "data",
            model_arns,
            key_arn: None,
        })
    }

    #[test]
    fn the_whole_policy() {
        let model = "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0".to_owned();
        let Value::Array(statements) = policy(&[model])["Statement"].take() else { panic!() };
        let line = |s: &Value| format!("{}: {} on {}", s["Sid"], s["Action"], s["Resource"]).replace('"', "");
        let lines: Vec<_> = statements.iter().map(line).collect();
        assert_eq!(
            lines,
            [
                "WriteLogs: [logs:CreateLogStream,logs:PutLogEvents] on \
                 [arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/twin-dev-api:*]",
                "KeepConversations: [s3:DeleteObject,s3:GetObject,s3:PutObject] on [arn:aws:s3:::memory/*]",
                "ReadPersona: [s3:GetObject] on [arn:aws:s3:::data/*]",
                "TellMissing: [s3:ListBucket] on [arn:aws:s3:::memory,arn:aws:s3:::data]",
                "AskModel: [bedrock:InvokeModel,bedrock:InvokeModelWithResponseStream] on \
                 [arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0]",
            ]
        );
    }

    #[test]
    fn no_model_no_right_to_ask_one() {
        assert!(!policy(&[]).to_string().contains("bedrock"));
    }

    #[test]
    fn a_key_may_be_read_and_no_other_secret() {
        let arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:twin-dev-openai-key-AbCdEf";
        let rights = rights(&RightsInput {
            log_group_arn: "l",
            memory_bucket: "m",
            data_bucket: "d",
            model_arns: &[],
            key_arn: Some(arn),
        });
        let last = rights["Statement"].as_array().unwrap().last().unwrap();
        assert_eq!(
            (&last["Action"], &last["Resource"]),
            (&json!(["secretsmanager:GetSecretValue"]), &json!([arn]))
        );
    }

    #[test]
    fn wildcards_are_only_the_tails_of_objects_and_log_streams() {
        for statement in
            policy(&["arn:aws:bedrock:::foundation-model/m".to_owned()])["Statement"].as_array().unwrap()
        {
            assert!(!statement["Action"].to_string().contains('*'), "{statement}");
            for resource in statement["Resource"].as_array().unwrap() {
                let resource = resource.as_str().unwrap();
                let body = resource.strip_suffix("/*").or(resource.strip_suffix(":*")).unwrap_or(resource);
                assert!(!body.contains('*'), "{resource}");
            }
        }
    }
}
