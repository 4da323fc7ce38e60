//! An account that verifies signatures and rights.

use xtask::emulator::{self, Auth};

use crate::{
    account::inventory,
    code,
    twin::{Twin, finish},
};

#[tokio::test]
async fn the_root_user_deploys_with_a_warning_and_somebody_without_rights_is_told_which_one_is_missing() {
    if !emulator::wanted() {
        return;
    }
    let twin = Twin::inside(Auth::Enforced, "test");
    let nobody = twin.by_hand.iam.create_user().user_name("nobody").send().await.unwrap();
    assert!(nobody.user().is_some());
    let key = twin.by_hand.iam.create_access_key().user_name("nobody").send().await.unwrap();
    let key = key.access_key().unwrap();
    let zip = code::before().to_str().unwrap();
    let mut command = twin.command(&["deploy", "dev", "--yes", "--lambda-zip", zip]);
    command.env("AWS_ACCESS_KEY_ID", key.access_key_id());
    command.env("AWS_SECRET_ACCESS_KEY", key.secret_access_key());
    let refused = finish(command.spawn().unwrap()).await.ends_with(5);
    refused.says("dynamodb:GetItem");
    refused.says("docs/prerequisites.md");
    assert_eq!(inventory(&twin.by_hand).await, [""; 0]);

    let deployed = twin.deploy(&[]).await.ends_with(0);
    deployed.says("root user");
    twin.plan().await.ends_with(0).says("root user");
    let looked = twin.run(&["status", "dev"]).await.ends_with(0);
    assert!(!looked.stderr.contains("root user"), "{}", looked.stderr);
}

#[tokio::test]
async fn one_right_that_is_missing_in_the_middle_is_named() {
    if !emulator::wanted() {
        return;
    }
    let twin = Twin::inside(Auth::Enforced, "test");
    let iam = &twin.by_hand.iam;
    let rights = serde_json::json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "*", "Resource": "*" },
        { "Effect": "Deny", "Action": "iam:CreateRole", "Resource": "*" }
    ]});
    iam.create_user().user_name("almost").send().await.unwrap();
    let put = iam.put_user_policy().user_name("almost").policy_name("almost");
    put.policy_document(rights.to_string()).send().await.unwrap();
    let key = iam.create_access_key().user_name("almost").send().await.unwrap();
    let key = key.access_key().unwrap();
    let zip = code::before().to_str().unwrap();
    let mut command = twin.command(&["deploy", "dev", "--yes", "--lambda-zip", zip]);
    command.env("AWS_ACCESS_KEY_ID", key.access_key_id());
    command.env("AWS_SECRET_ACCESS_KEY", key.secret_access_key());
    let refused = finish(command.spawn().unwrap()).await.ends_with(5);
    refused.says("needs the right `iam:CreateRole`");
    refused.says("run `twinctl deploy dev` again to continue");
    // The emulator does not speak TLS, and lets only root past the policies that want it: nobody else can go on here.
}

#[tokio::test]
async fn a_wrong_key_is_a_matter_of_credentials() {
    if !emulator::wanted() {
        return;
    }
    let twin = Twin::inside(Auth::Enforced, "AKIAUNKNOWN000000000");
    let refused = twin.run(&["status", "dev"]).await.ends_with(5);
    refused.says("AWS did not let us in");
    refused.says("aws configure");
}
