//! The answer of a creation is lost: what was made is found and used, and no second one is made.

use std::time::Duration;

use xtask::proxy::{Moment, Which};

use crate::{
    account::inventory,
    code,
    twin::{Twin, finish, writes},
};

async fn the_first_one_is_used(operation: &str) {
    let Some(twin) = Twin::new() else { return };
    twin.deploy(&[]).await.ends_with(0);
    let expected = inventory(&twin.by_hand).await;
    twin.forget_everything().await;
    twin.proxy.lose(Which::first(1, operation), Moment::AfterEffect);
    twin.deploy(&[]).await.ends_with(0);
    let made = twin.proxy.calls().iter().filter(|call| call.operation == operation).count();
    assert!(made > 0, "{operation} was not called");
    assert_eq!(inventory(&twin.by_hand).await, expected);
}

#[tokio::test]
async fn a_role_whose_creation_was_not_answered_is_used() {
    the_first_one_is_used("CreateRole").await;
}

#[tokio::test]
async fn an_api_whose_creation_was_not_answered_is_used() {
    the_first_one_is_used("POST /v2/apis").await;
}

#[tokio::test]
async fn a_distribution_whose_creation_was_not_answered_is_used() {
    the_first_one_is_used("POST /2020-05-31/distribution").await;
}

/// At every call that changes something; the run itself gets over it.
#[tokio::test]
async fn one_lost_answer_does_not_end_a_deploy() {
    let Some(twin) = Twin::new() else { return };
    twin.deploy(&[]).await.ends_with(0);
    let (calls, expected) = (twin.proxy.calls(), inventory(&twin.by_hand).await);
    let mut failed = Vec::new();
    for call in calls.iter().filter(|call| writes(call)) {
        twin.forget_everything().await;
        twin.proxy.lose(Which::Nth(call.number), Moment::AfterEffect);
        let ran = twin.deploy(&[]).await;
        if ran.code != Some(0) || inventory(&twin.by_hand).await != expected {
            failed.push(format!("{} {}: {:?}\n{}", call.number, call.operation, ran.code, ran.stderr));
        }
    }
    assert!(failed.is_empty(), "{} calls:\n{}", failed.len(), failed.join("\n"));
}

#[tokio::test]
async fn a_lock_whose_return_was_not_answered_is_free_and_the_release_noted() {
    let Some(twin) = Twin::new() else { return };
    twin.deploy(&[]).await.ends_with(0);
    twin.proxy.reset();
    twin.proxy.set_delay(Duration::from_millis(100));
    let args = ["deploy", "dev", "--yes", "--lambda-zip", code::after().to_str().unwrap()];
    let deploy = twin.command(&args).spawn().unwrap();
    twin.called("PUT /2015-03-31/functions/{}/aliases/{}").await;
    twin.proxy.lose(Which::first(1, "UpdateItem"), Moment::AfterEffect);
    let deployed = finish(deploy).await.ends_with(0);
    assert!(deployed.url().starts_with("https://"));
    twin.run(&["status", "dev"]).await.ends_with(0).says("version 2 was released");
}
