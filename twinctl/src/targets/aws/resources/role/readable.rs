//! Checks whether a role's inline policy allows it to read a secret.

use reconcile::Fault;
use serde_json::Value;

use super::POLICY;
use crate::targets::aws::{
    Cloud, SdkResult,
    resources::iam::{MISSING, document},
};

const READ: &str = "secretsmanager:GetSecretValue";

/// Returns whether the role may read the secret, or `None` if there is no role.
pub(crate) async fn may_read(cloud: &Cloud, role: &str, secret_arn: &str) -> Result<Option<bool>, Fault> {
    let read = cloud.iam.get_role_policy().role_name(role).policy_name(POLICY).send().await;
    let Some(response) = read.found("iam:GetRolePolicy", MISSING)? else { return Ok(None) };
    Ok(Some(allows(&document(&response.policy_document), secret_arn)))
}

fn allows(policy: &Value, secret_arn: &str) -> bool {
    let has = |list: &Value, one: &str| {
        list == one || list.as_array().is_some_and(|list| list.iter().any(|entry| entry == one))
    };
    policy["Statement"].as_array().into_iter().flatten().any(|statement| {
        statement["Effect"] == "Allow"
            && has(&statement["Action"], READ)
            && has(&statement["Resource"], secret_arn)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::aws::resources::role::{FunctionAccess, function_policy};

    #[test]
    fn only_this_secret_is_readable() {
        let policy = |key_arn| {
            function_policy(&FunctionAccess {
                log_group_arn: "l",
                memory_bucket: "m",
                data_bucket: "d",
                model_arns: &[],
                key_arn,
            })
        };
        let arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:twin-dev-openai-key-AbCdEf";
        assert!(allows(&policy(Some(arn)), arn));
        assert!(!allows(&policy(Some(arn)), &arn.replace("AbCdEf", "GhIjKl")));
        assert!(!allows(&policy(None), arn));
    }
}
