//! The policies in the documentation, which people use: docs/iam-policy.json, and the policy in docs/domain.md.

use std::{fs, path::Path};

use serde_json::Value;

use super::{
    ACCOUNT, NOT_FOR_CI, complete, environment,
    iam::{Request, allows},
};
use crate::targets::aws::{
    Permission,
    names::{AssignedIds, Names},
    required_permissions,
};

/// The most characters of a managed policy. IAM does not count white space.
const MAX_SIZE: usize = 6_144;
/// Only the roles of `ci setup` set the boundary of the function's role.
const ONLY_FOR_CI: &str = "iam:PutRolePermissionsBoundary";

pub(super) fn policy(path: &str) -> Value {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(path)).unwrap();
    let block = text.split("```json").nth(1).and_then(|rest| rest.split("```").next());
    let text = block.unwrap_or(&text);
    let size = text.split_whitespace().collect::<String>().len();
    assert!(size <= MAX_SIZE, "{path} has {size} characters");
    serde_json::from_str(text).unwrap()
}

/// Returns the permissions of environments that use everything, before and after the first deployment.
fn permissions() -> Vec<Permission> {
    let id = || Some("ID".to_owned());
    let all = AssignedIds { api: id(), stream_api: id(), access_control: id(), headers_policy: id() };
    let of = |environment| {
        let permissions = |assigned| {
            required_permissions(&environment, &Names { assigned, ..Names::new(&environment, ACCOUNT) })
        };
        [permissions(AssignedIds::default()), permissions(all.clone())].concat()
    };
    // The second one has a model of Bedrock.
    [complete("twin", "dev"), environment("twin", "dev")].into_iter().flat_map(of).collect()
}

fn requests(permission: &Permission) -> Vec<Request> {
    let request = |action: &str, resource: &String| {
        permission.condition_values().fold(Request::new(action, resource), |request, (key, values)| {
            request.with(key, &values.iter().map(String::as_str).collect::<Vec<_>>())
        })
    };
    let actions = permission.actions().iter();
    actions
        .flat_map(|action| permission.resources().iter().map(move |resource| request(action, resource)))
        .collect()
}

#[test]
fn the_documented_policies_allow_all_that_an_environment_requires() {
    let main = policy("iam-policy.json");
    let mut domain = policy("domain.md");
    // The owner has one zone, whereas the required permissions are for any.
    for statement in domain["Statement"].as_array_mut().unwrap() {
        statement["Resource"] = "*".into();
    }
    let secret = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:twin-dev-openai-key-AbCdEf";
    let of_key = NOT_FOR_CI.iter().filter(|action| action.starts_with("secretsmanager:"));
    let of_key = of_key.map(|action| Request::new(action, secret));
    let required = permissions().iter().flat_map(requests).chain(of_key).collect::<Vec<_>>();
    assert!(required.iter().any(|request| request.action == "cloudwatch:PutMetricAlarm"));
    assert!(required.iter().any(|request| request.action == "budgets:ModifyBudget"));
    for request in required.iter().filter(|request| request.action != ONLY_FOR_CI) {
        let is_of_domain = ["acm:", "route53:"].iter().any(|service| request.action.starts_with(service));
        let documented = if is_of_domain { &domain } else { &main };
        assert!(allows(&[documented], request), "{request:?}");
    }
}
