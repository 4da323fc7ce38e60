//! Whether a role that is there may read a secret, by the policy that we gave it.

use percent_encoding::percent_decode_str;
use reconcile::Fault;
use serde_json::Value;

use super::resource::{MISSING, POLICY};
use crate::targets::aws::{Answer, Cloud};

const READ: &str = "secretsmanager:GetSecretValue";

/// `None` where there is no role yet.
pub(crate) async fn may_read(cloud: &Cloud, role: &str, secret_arn: &str) -> Result<Option<bool>, Fault> {
    let read = cloud.iam.get_role_policy().role_name(role).policy_name(POLICY).send().await;
    let Some(answer) = read.found("iam:GetRolePolicy", MISSING)? else { return Ok(None) };
    let text = percent_decode_str(&answer.policy_document).decode_utf8_lossy();
    let policy: Value = serde_json::from_str(&text).unwrap_or_default();
    Ok(Some(allows(&policy, secret_arn)))
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
    use crate::targets::aws::resources::role::{RightsInput, rights};

    #[test]
    fn the_right_is_for_this_secret_alone() {
        let policy = |key_arn| {
            rights(&RightsInput {
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
