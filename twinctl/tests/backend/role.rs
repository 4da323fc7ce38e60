//! The role.

use reconcile::{Outcome, testing::every_crash_point};
use serde_json::json;
use twinctl::targets::aws::{
    Cloud,
    resources::role::{Boundary, FunctionAccess, Role, RoleDesired, function_policy},
};
use xtask::emulator;

use crate::place::{Losing, Place, labels};

const NAME: &str = "twin-dev-lambda-role";

fn role(place: &Place) -> Role {
    Role::new(NAME.to_owned(), format!("arn:aws:iam::{}:role/{NAME}", place.account), labels())
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

#[tokio::test(start_paused = true)]
async fn made_kept_repaired_and_removed() {
    if !emulator::wanted() {
        return;
    }
    let place = Place::new().await;
    assert!(place.deploy(role(&place), desired()).await.unwrap().complete());
    assert_eq!(place.operations(), ["CreateRole", "PutRolePolicy"]);

    place.forget_calls();
    let report = place.deploy(role(&place), desired()).await.unwrap();
    assert!(matches!(report.outcome("thing"), Some(Outcome::Unchanged)));
    assert!(place.operations().is_empty());

    change_everything(&place.by_hand, &place.account).await;
    let changes = place.changes(role(&place), desired()).await;
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
    assert!(place.deploy(role(&place), desired()).await.unwrap().complete());
    assert!(place.changes(role(&place), desired()).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_role_with_policies_of_others_is_removed_with_them() {
    if !emulator::wanted() {
        return;
    }
    let place = Place::new().await;
    assert!(place.deploy(role(&place), desired()).await.unwrap().complete());
    change_everything(&place.by_hand, &place.account).await;
    assert!(place.destroy(role(&place), desired()).await.unwrap().complete());
    assert!(place.by_hand.iam.get_role().role_name(NAME).send().await.is_err());
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

#[tokio::test(start_paused = true)]
async fn every_lost_call_leads_to_the_same_end() {
    if !emulator::wanted() {
        return;
    }
    let fresh = async || Place::with(|cloud| Box::pin(draw(cloud)), Losing::Every).await;
    let deploy = async |place: &Place| {
        let report = place.deploy(role(place), desired()).await;
        report.is_some_and(|report| report.complete())
    };
    every_crash_point(fresh, deploy).await;
}

#[tokio::test(start_paused = true)]
async fn every_lost_call_of_a_removal_leads_to_the_same_end() {
    if !emulator::wanted() {
        return;
    }
    let fresh = async || {
        let place = Place::with(|cloud| Box::pin(draw(cloud)), Losing::Every).await;
        assert!(place.deploy(role(&place), desired()).await.unwrap().complete());
        place.forget_calls();
        place
    };
    let destroy = async |place: &Place| {
        let report = place.destroy(role(place), desired()).await;
        report.is_some_and(|report| report.complete())
    };
    every_crash_point(fresh, destroy).await;
}

async fn draw(cloud: &Cloud) -> String {
    let mut picture = Vec::new();
    for role in cloud.iam.list_roles().send().await.unwrap().roles {
        let policies = cloud.iam.list_role_policies().role_name(&role.role_name).send().await.unwrap();
        picture.push(format!("{} {:?}", role.role_name, policies.policy_names));
    }
    picture.join("\n")
}
