//! IAM resources for CI: the identity provider, managed policies, and roles with a permissions boundary.

use std::sync::Arc;

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

use super::sandbox::{Sandbox, labels, only};

const POLICY: &str = "twin-dev-boundary";
const ROLE: &str = "twin-dev-ci-deploy";

fn document(action: &str) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [
        { "Sid": "One", "Effect": "Allow", "Action": action, "Resource": "*" },
    ] })
}

fn policy(sandbox: &Sandbox) -> ManagedPolicy {
    ManagedPolicy::new(POLICY, arn(sandbox), labels())
}

fn arn(sandbox: &Sandbox) -> String {
    format!("arn:aws:iam::{}:policy/{POLICY}", sandbox.account)
}

fn allowing(action: &str) -> ManagedPolicyDesired {
    ManagedPolicyDesired { policy: document(action) }
}

fn role(sandbox: &Sandbox) -> Role {
    Role::new(ROLE.to_owned(), format!("arn:aws:iam::{}:role/{ROLE}", sandbox.account), labels())
}

fn role_of_ci(sandbox: &Sandbox) -> RoleDesired {
    RoleDesired {
        description: "of CI".to_owned(),
        trust: json!({ "Version": "2012-10-17", "Statement": [{
            "Sid": "Github", "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": { "Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" },
        }] }),
        policy: Some(document("s3:ListBucket")),
        attached: [arn(sandbox)].into(),
        boundary: Boundary::Set(arn(sandbox)),
    }
}

/// Creates the policy that roles attach or use as their boundary.
async fn with_policy(sandbox: Sandbox) -> Sandbox {
    assert!(sandbox.deploy(policy(&sandbox), allowing("s3:GetObject")).await.unwrap().complete());
    sandbox.forget_calls();
    sandbox
}

async fn new_sandbox() -> Sandbox {
    Sandbox::new(|cloud| Box::pin(snapshot(cloud)))
}

/// Creates and deletes a resource, losing each call once.
async fn survives_every_lost_call<R: Resource<Cloud = Cloud>, P: Future<Output = Sandbox>>(
    fresh: impl Fn() -> P + Copy,
    resource: impl Fn(&Sandbox) -> (R, R::Desired) + Copy,
) {
    let deploy = async |sandbox: &Sandbox| {
        let (resource, desired) = resource(sandbox);
        sandbox.deploy(resource, desired).await.is_some_and(|report| report.complete())
    };
    every_crash_point(async || fresh().await, deploy).await;
    let made = async || {
        let sandbox = fresh().await;
        assert!(deploy(&sandbox).await);
        sandbox.forget_calls();
        sandbox
    };
    let destroy = async |sandbox: &Sandbox| {
        let (resource, desired) = resource(sandbox);
        sandbox.destroy(resource, desired).await.is_some_and(|report| report.complete())
    };
    every_crash_point(made, destroy).await;
}

#[testbed::test(emulator, paused_clock)]
async fn a_policy_survives_every_lost_call() {
    survives_every_lost_call(new_sandbox, |sandbox| (policy(sandbox), allowing("s3:GetObject"))).await;
}

#[testbed::test(emulator, paused_clock)]
async fn a_role_with_policies_and_a_boundary_survives_every_lost_call() {
    let fresh = || async { with_policy(new_sandbox().await).await };
    survives_every_lost_call(fresh, |sandbox| (role(sandbox), role_of_ci(sandbox))).await;
}

#[testbed::test(emulator, paused_clock)]
async fn a_boundary_on_an_existing_role_survives_every_lost_call() {
    let fresh = || async {
        let sandbox = with_policy(new_sandbox().await).await;
        let create = sandbox.by_hand.iam.create_role().role_name("twin-dev-lambda-role");
        create.assume_role_policy_document(document("sts:AssumeRole").to_string()).send().await.unwrap();
        sandbox
    };
    survives_every_lost_call(fresh, |sandbox| (LimitedRole::new("twin-dev-lambda-role"), arn(sandbox))).await;
}

#[testbed::test(emulator, paused_clock)]
async fn the_identity_provider_of_github_survives_every_lost_call() {
    let deploy = async |sandbox: &Sandbox| {
        let report = sandbox.deploy(GithubIdentity::new(&sandbox.account), ()).await;
        report.is_some_and(|report| report.complete())
    };
    every_crash_point(async || new_sandbox().await, deploy).await;
}

#[testbed::test(emulator, paused_clock)]
async fn a_policy_may_change_more_often_than_iam_keeps_versions() {
    let sandbox = Sandbox::blind();
    for round in 0..8 {
        let desired = allowing(if round % 2 == 0 { "s3:GetObject" } else { "s3:PutObject" });
        assert!(sandbox.deploy(policy(&sandbox), desired).await.unwrap().complete(), "{round}");
    }
    sandbox.forget_calls();
    let report = sandbox.deploy(policy(&sandbox), allowing("s3:PutObject")).await.unwrap();
    assert!(matches!(report.outcome("resource"), Some(Outcome::Unchanged)));
    let again = sandbox.changes(only(policy(&sandbox), allowing("s3:GetObject"))).await;
    assert_eq!(again, ["policy.One"]);
}

async fn snapshot(cloud: Arc<Cloud>) -> String {
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
