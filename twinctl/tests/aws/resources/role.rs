//! The IAM role of the function.

use std::sync::Arc;

use reconcile::{Outcome, testing::every_crash_point};
use serde_json::json;
use twinctl::targets::aws::{
    Cloud,
    resources::role::{Boundary, FunctionAccess, Role, RoleDesired, function_policy},
};

use super::sandbox::{Sandbox, labels, only};

const NAME: &str = "twin-dev-lambda-role";

fn role(sandbox: &Sandbox) -> Role {
    Role::new(NAME.to_owned(), format!("arn:aws:iam::{}:role/{NAME}", sandbox.account), labels())
}

fn desired() -> RoleDesired {
    let policy = function_policy(&FunctionAccess {
        log_group_arn: "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/twin-dev-api",
        memory_bucket: "memory",
        data_bucket: "data",
        model_arns: &["arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0".to_owned()],
        key_arn: Some("arn:aws:secretsmanager:eu-central-1:123456789012:secret:twin-dev-openai-key-AbCdEf"),
    });
    RoleDesired::of_function(policy, Boundary::None)
}

#[testbed::test(emulator, paused_clock)]
async fn created_kept_repaired_and_deleted() {
    let sandbox = Sandbox::blind();
    assert!(sandbox.deploy(role(&sandbox), desired()).await.unwrap().complete());
    assert_eq!(sandbox.operations(), ["CreateRole", "PutRolePolicy"]);

    sandbox.forget_calls();
    let report = sandbox.deploy(role(&sandbox), desired()).await.unwrap();
    assert!(matches!(report.outcome("resource"), Some(Outcome::Unchanged)));
    assert!(sandbox.operations().is_empty());

    change_everything(&sandbox.by_hand, &sandbox.account).await;
    let changes = sandbox.changes(only(role(&sandbox), desired())).await;
    assert_eq!(
        changes,
        [
            "description",
            "max_session_s",
            "boundary",
            "trust.Lambda",
            "trust.statement 1",
            "policy.AskModel",
            "policy.KeepConversations",
            "policy.More",
            "policy.ReadKey",
            "policy.ReadPersona",
            "policy.TellMissing",
            "policy.WriteLogs",
            "inline_policy",
            "attached_policy",
            "tags.beside",
            "tags.cost",
        ]
    );
    assert!(sandbox.deploy(role(&sandbox), desired()).await.unwrap().complete());
    assert!(sandbox.changes(only(role(&sandbox), desired())).await.is_empty());
}

#[testbed::test(emulator, paused_clock)]
async fn a_role_is_deleted_with_policies_added_by_hand() {
    let sandbox = Sandbox::blind();
    assert!(sandbox.deploy(role(&sandbox), desired()).await.unwrap().complete());
    change_everything(&sandbox.by_hand, &sandbox.account).await;
    assert!(sandbox.destroy(role(&sandbox), desired()).await.unwrap().complete());
    assert!(sandbox.by_hand.iam.get_role().role_name(NAME).send().await.is_err());
}

async fn change_everything(cloud: &Cloud, account: &str) {
    let iam = &cloud.iam;
    let anybody = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "s3:*", "Resource": "*", "Sid": "More",
    }] });
    let policy = anybody.to_string();
    let made = iam.create_policy().policy_name("hand").policy_document(&policy).send().await.unwrap();
    let managed = made.policy.unwrap().arn.unwrap();
    assert!(managed.contains(account));
    iam.attach_role_policy().role_name(NAME).policy_arn(&managed).send().await.unwrap();
    for name in ["twinctl", "hand"] {
        let put = iam.put_role_policy().role_name(NAME).policy_name(name).policy_document(&policy);
        put.send().await.unwrap();
    }
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": "ec2.amazonaws.com" },
    }] });
    let put = iam.update_assume_role_policy().role_name(NAME).policy_document(trust.to_string());
    put.send().await.unwrap();
    iam.update_role().role_name(NAME).description("by hand").max_session_duration(7200).send().await.unwrap();
    let put = iam.put_role_permissions_boundary().role_name(NAME).permissions_boundary(&managed);
    put.send().await.unwrap();
    let tag =
        |key: &str, value: &str| aws_sdk_iam::types::Tag::builder().key(key).value(value).build().unwrap();
    let put = iam.tag_role().role_name(NAME).tags(tag("beside", "ours")).tags(tag("cost", "you"));
    put.send().await.unwrap();
}

#[testbed::test(emulator, paused_clock)]
async fn creation_survives_every_lost_call() {
    let fresh = async || Sandbox::new(|cloud| Box::pin(snapshot(cloud)));
    let deploy = async |sandbox: &Sandbox| {
        let report = sandbox.deploy(role(sandbox), desired()).await;
        report.is_some_and(|report| report.complete())
    };
    every_crash_point(fresh, deploy).await;
}

#[testbed::test(emulator, paused_clock)]
async fn deletion_survives_every_lost_call() {
    let fresh = async || {
        let sandbox = Sandbox::new(|cloud| Box::pin(snapshot(cloud)));
        assert!(sandbox.deploy(role(&sandbox), desired()).await.unwrap().complete());
        sandbox.forget_calls();
        sandbox
    };
    let destroy = async |sandbox: &Sandbox| {
        let report = sandbox.destroy(role(sandbox), desired()).await;
        report.is_some_and(|report| report.complete())
    };
    every_crash_point(fresh, destroy).await;
}

async fn snapshot(cloud: Arc<Cloud>) -> String {
    let mut picture = Vec::new();
    for role in cloud.iam.list_roles().send().await.unwrap().roles {
        let policies = cloud.iam.list_role_policies().role_name(&role.role_name).send().await.unwrap();
        picture.push(format!("{} {:?}", role.role_name, policies.policy_names));
    }
    picture.join("\n")
}
