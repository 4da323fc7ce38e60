//! Deploys to an account that verifies signatures and permissions.

use testbed::emulator::Auth;
use testbed::twin_lambda::first_zip;

use super::{
    inventory::inventory,
    twin::{Twin, deploy_args, finish},
};

#[testbed::test(emulator)]
async fn the_root_user_gets_a_warning_and_a_user_without_permissions_an_error() {
    let twin = Twin::inside(Auth::Enforced, "test");
    let nobody = twin.by_hand.iam.create_user().user_name("nobody").send().await.unwrap();
    assert!(nobody.user().is_some());
    let key = twin.by_hand.iam.create_access_key().user_name("nobody").send().await.unwrap();
    let key = key.access_key().unwrap();
    let mut command = twin.command(&deploy_args(first_zip()));
    command.env("AWS_ACCESS_KEY_ID", key.access_key_id());
    command.env("AWS_SECRET_ACCESS_KEY", key.secret_access_key());
    let refused = finish(command.spawn().unwrap()).await.exits_with(5);
    refused.reports("dynamodb:GetItem");
    refused.reports("docs/prerequisites.md");
    assert_eq!(inventory(&twin.by_hand).await, [""; 0]);

    let deployed = twin.deploy(&[]).await.exits_with(0);
    deployed.reports("root user");
    twin.plan().await.exits_with(0).reports("root user");
    let status = twin.run(&["status", "dev"]).await.exits_with(0);
    assert!(!status.stderr.contains("root user"), "{}", status.stderr);
}

#[testbed::test(emulator)]
async fn a_permission_missing_halfway_is_named() {
    let twin = Twin::inside(Auth::Enforced, "test");
    let iam = &twin.by_hand.iam;
    let policy = serde_json::json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "*", "Resource": "*" },
        { "Effect": "Deny", "Action": "iam:CreateRole", "Resource": "*" }
    ]});
    iam.create_user().user_name("almost").send().await.unwrap();
    let put = iam.put_user_policy().user_name("almost").policy_name("almost");
    put.policy_document(policy.to_string()).send().await.unwrap();
    let key = iam.create_access_key().user_name("almost").send().await.unwrap();
    let key = key.access_key().unwrap();
    let mut command = twin.command(&deploy_args(first_zip()));
    command.env("AWS_ACCESS_KEY_ID", key.access_key_id());
    command.env("AWS_SECRET_ACCESS_KEY", key.secret_access_key());
    let refused = finish(command.spawn().unwrap()).await.exits_with(5);
    refused.reports("lack the permission `iam:CreateRole`");
    refused.reports("run `twinctl deploy dev` again to continue");
    // Only root could continue: the emulator has no TLS, and the bucket policies require it.
}

#[testbed::test(emulator)]
async fn an_unknown_access_key_is_a_credentials_error() {
    let twin = Twin::inside(Auth::Enforced, "AKIAUNKNOWN000000000");
    let refused = twin.run(&["status", "dev"]).await.exits_with(5);
    refused.reports("could not authenticate with AWS");
    refused.reports("aws configure");
}
