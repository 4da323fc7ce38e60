//! What CI needs in an account: GitHub's identity, policies that stand by themselves, roles that are limited.

use std::future::Future;

use aws_sdk_iam::types::PolicyScopeType;
use reconcile::{Outcome, Resource, testing::every_crash_point};
use serde_json::{Value, json};
use twinctl::targets::aws::{
    Cloud,
    resources::{
        Boundary, GithubIdentity, LimitedRole, ManagedPolicy, ManagedPolicyDesired, Role, RoleDesired,
    },
};
use xtask::emulator;

use crate::place::{Losing, Place, labels};

const POLICY: &str = "twin-dev-boundary";
const ROLE: &str = "twin-dev-ci-deploy";

fn document(action: &str) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [
        { "Sid": "One", "Effect": "Allow", "Action": action, "Resource": "*" },
    ] })
}

fn policy(place: &Place) -> ManagedPolicy {
    ManagedPolicy::new(POLICY, arn(place), labels())
}

fn arn(place: &Place) -> String {
    format!("arn:aws:iam::{}:policy/{POLICY}", place.account)
}

fn allowing(action: &str) -> ManagedPolicyDesired {
    ManagedPolicyDesired { policy: document(action) }
}

fn role(place: &Place) -> Role {
    Role::new(ROLE.to_owned(), format!("arn:aws:iam::{}:role/{ROLE}", place.account), labels())
}

fn role_of_ci(place: &Place) -> RoleDesired {
    RoleDesired {
        description: "of CI".to_owned(),
        trust: json!({ "Version": "2012-10-17", "Statement": [{
            "Sid": "Github", "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": { "Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" },
        }] }),
        policy: Some(document("s3:ListBucket")),
        attached: [arn(place)].into(),
        boundary: Boundary::Set(arn(place)),
    }
}

/// With the policy that roles have or are limited by.
async fn with_policy(place: Place) -> Place {
    assert!(place.deploy(policy(&place), allowing("s3:GetObject")).await.unwrap().complete());
    place.forget_calls();
    place
}

async fn new_place() -> Place {
    Place::with(|cloud| Box::pin(draw(cloud)), Losing::Every).await
}

/// Makes and removes a thing with every call lost in turn.
async fn survives<R: Resource<Cloud = Cloud>, P: Future<Output = Place>>(
    fresh: impl Fn() -> P + Copy,
    thing: impl Fn(&Place) -> (R, R::Desired) + Copy,
) {
    if !emulator::wanted() {
        return;
    }
    let deploy = async |place: &Place| {
        let (thing, desired) = thing(place);
        place.deploy(thing, desired).await.is_some_and(|report| report.complete())
    };
    every_crash_point(async || fresh().await, deploy).await;
    let made = async || {
        let place = fresh().await;
        assert!(deploy(&place).await);
        place.forget_calls();
        place
    };
    let destroy = async |place: &Place| {
        let (thing, desired) = thing(place);
        place.destroy(thing, desired).await.is_some_and(|report| report.complete())
    };
    every_crash_point(made, destroy).await;
}

#[tokio::test(start_paused = true)]
async fn a_policy_survives_every_lost_call() {
    survives(new_place, |place| (policy(place), allowing("s3:GetObject"))).await;
}

#[tokio::test(start_paused = true)]
async fn a_role_with_policies_and_a_boundary_survives_every_lost_call() {
    let fresh = || async { with_policy(new_place().await).await };
    survives(fresh, |place| (role(place), role_of_ci(place))).await;
}

#[tokio::test(start_paused = true)]
async fn a_boundary_on_a_role_that_is_there_survives_every_lost_call() {
    let fresh = || async {
        let place = with_policy(new_place().await).await;
        let create = place.by_hand.iam.create_role().role_name("twin-dev-lambda-role");
        create.assume_role_policy_document(document("sts:AssumeRole").to_string()).send().await.unwrap();
        place
    };
    survives(fresh, |place| (LimitedRole::new("twin-dev-lambda-role"), arn(place))).await;
}

#[tokio::test(start_paused = true)]
async fn the_trust_in_github_survives_every_lost_call() {
    if !emulator::wanted() {
        return;
    }
    let deploy = async |place: &Place| {
        let report = place.deploy(GithubIdentity::new(&place.account), ()).await;
        report.is_some_and(|report| report.complete())
    };
    every_crash_point(async || new_place().await, deploy).await;
}

#[tokio::test(start_paused = true)]
async fn a_policy_may_change_more_often_than_iam_keeps_versions() {
    if !emulator::wanted() {
        return;
    }
    let place = Place::new().await;
    for round in 0..8 {
        let desired = allowing(if round % 2 == 0 { "s3:GetObject" } else { "s3:PutObject" });
        assert!(place.deploy(policy(&place), desired).await.unwrap().complete(), "{round}");
    }
    place.forget_calls();
    let report = place.deploy(policy(&place), allowing("s3:PutObject")).await.unwrap();
    assert!(matches!(report.outcome("thing"), Some(Outcome::Unchanged)));
    let again = place.changes(policy(&place), allowing("s3:GetObject")).await;
    assert_eq!(again, ["policy.One"]);
}

async fn draw(cloud: &Cloud) -> String {
    let mut picture = Vec::new();
    let policies = cloud.iam.list_policies().scope(PolicyScopeType::Local).send().await.unwrap();
    picture.extend(policies.policies.unwrap_or_default().into_iter().filter_map(|policy| policy.policy_name));
    let identities = cloud.iam.list_open_id_connect_providers().send().await.unwrap();
    picture.push(format!("{} identities", identities.open_id_connect_provider_list().len()));
    for role in cloud.iam.list_roles().send().await.unwrap().roles {
        let name = role.role_name.as_str();
        let inline = cloud.iam.list_role_policies().role_name(name).send().await.unwrap().policy_names;
        let attached = cloud.iam.list_attached_role_policies().role_name(name).send().await.unwrap();
        let role = cloud.iam.get_role().role_name(name).send().await.unwrap().role.unwrap();
        let is_limited = role.permissions_boundary.is_some();
        let count = attached.attached_policies().len();
        picture.push(format!("{name} {inline:?}, {count} attached, limited: {is_limited}"));
    }
    picture.join("\n")
}
