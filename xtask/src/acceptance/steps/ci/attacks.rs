//! Calls that the roles of GitHub Actions may not make.

use anyhow::Result;
use serde_json::{Value, json};

use crate::acceptance::context::{Context, PROJECT, name};
use crate::acceptance::leftovers::LOCK_TABLE;
use crate::acceptance::twinctl::ENVIRONMENT;

/// A service, an operation and its parameters.
pub(super) type Attack = (&'static str, &'static str, Value);

pub(super) fn read_conversations(context: &Context) -> Attack {
    ("s3", "get_object", json!({ "Bucket": context.target.bucket("memory"), "Key": "conversation.json" }))
}

/// Returns calls that the deploy role may not make. None of them would do harm if it were allowed: they name resources
/// that do not exist, or write the existing settings. AWS checks permissions before it searches a resource, except S3.
pub(super) fn of_deploy_role(context: &mut Context, role: &str) -> Result<Vec<Attack>> {
    let other = format!("{PROJECT}-other");
    let memory = context.target.bucket("memory");
    let policy = context.aws.call("s3", "get_bucket_policy", json!({ "Bucket": memory }))?;
    let function_role = name("lambda-role");
    let trust = context.aws.call("iam", "get_role", json!({ "RoleName": function_role }))?;
    let trust = trust["Role"]["AssumeRolePolicyDocument"].to_string();
    let nothing = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Deny", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::twinctl-check-none" }
    ]});
    let nothing = nothing.to_string();
    Ok(vec![
        read_conversations(context),
        ("s3", "put_bucket_policy", json!({ "Bucket": memory, "Policy": policy["Policy"] })),
        (
            "iam",
            "put_role_policy",
            json!({ "RoleName": role, "PolicyName": "by-hand", "PolicyDocument": nothing }),
        ),
        ("iam", "update_assume_role_policy", json!({ "RoleName": function_role, "PolicyDocument": trust })),
        ("iam", "delete_role_permissions_boundary", json!({ "RoleName": function_role })),
        ("iam", "list_users", json!({})),
        ("lambda", "delete_function", json!({ "FunctionName": other })),
        ("apigatewayv2", "delete_api", json!({ "ApiId": "none123456" })),
        ("dynamodb", "get_item", json!({ "TableName": LOCK_TABLE, "Key": { "id": { "S": "other/dev" } } })),
        ("cloudfront", "tag_resource", tag_distribution(&context.target.account)),
        ("route53", "change_resource_record_sets", add_record()),
        ("secretsmanager", "get_secret_value", json!({ "SecretId": other })),
    ])
}

/// Marks a distribution as one of this twin, which would allow changes of it.
fn tag_distribution(account: &str) -> Value {
    let distribution = format!("arn:aws:cloudfront::{account}:distribution/E0000000000000");
    let tag = |key: &str, value: &str| json!({ "Key": format!("twinctl:{key}"), "Value": value });
    json!({ "Resource": distribution, "Tags": { "Items": [tag("project", PROJECT), tag("environment", ENVIRONMENT)] } })
}

fn add_record() -> Value {
    let record = json!({ "Name": "other.example", "Type": "TXT", "TTL": 60, "ResourceRecords": [{ "Value": "\"x\"" }] });
    let batch = json!({ "Changes": [{ "Action": "CREATE", "ResourceRecordSet": record }] });
    json!({ "HostedZoneId": "Z0000000000000", "ChangeBatch": batch })
}
