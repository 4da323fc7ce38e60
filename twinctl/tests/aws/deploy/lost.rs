//! The answer of a creation is lost: what was made is found and used, and no second one is made.

use std::time::Duration;

use testbed::proxy::{Moment, Which};
use testbed::twin_lambda::second_zip;

use super::{
    account::inventory,
    twin::{Twin, deploy_args, finish, is_write},
};

async fn the_first_one_is_used(operation: &str) {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    let expected = inventory(&twin.by_hand).await;
    twin.reset();
    twin.proxy.lose(Which::first(1, operation), Moment::AfterEffect);
    twin.deploy(&[]).await.exits_with(0);
    let made = twin.proxy.calls().iter().filter(|call| call.operation == operation).count();
    assert!(made > 0, "{operation} was not called");
    assert_eq!(inventory(&twin.by_hand).await, expected);
}

#[testbed::test(emulator)]
async fn a_role_whose_creation_was_not_answered_is_used() {
    the_first_one_is_used("CreateRole").await;
}

#[testbed::test(emulator)]
async fn an_api_whose_creation_was_not_answered_is_used() {
    the_first_one_is_used("POST /v2/apis").await;
}

#[testbed::test(emulator)]
async fn a_distribution_whose_creation_was_not_answered_is_used() {
    the_first_one_is_used("POST /2020-05-31/distribution").await;
}

/// At every call that changes something; the run itself gets over it.
#[testbed::test(emulator)]
async fn one_lost_answer_does_not_end_a_deploy() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    let (calls, expected) = (twin.proxy.calls(), inventory(&twin.by_hand).await);
    let mut failed = Vec::new();
    for call in calls.iter().filter(|call| is_write(call)) {
        twin.reset();
        twin.proxy.lose(Which::Nth(call.number), Moment::AfterEffect);
        let ran = twin.deploy(&[]).await;
        if ran.code != Some(0) || inventory(&twin.by_hand).await != expected {
            failed.push(format!("{} {}: {:?}\n{}", call.number, call.operation, ran.code, ran.stderr));
        }
    }
    assert!(failed.is_empty(), "{} calls:\n{}", failed.len(), failed.join("\n"));
}

#[testbed::test(emulator)]
async fn a_lock_whose_return_was_not_answered_is_free_and_the_release_noted() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    twin.proxy.reset();
    twin.proxy.set_delay(Duration::from_millis(100));
    let args = deploy_args(second_zip());
    let deploy = twin.spawn(&args);
    twin.wait_for_calls("PUT /2015-03-31/functions/{}/aliases/{}", 1).await;
    twin.proxy.lose(Which::first(1, "UpdateItem"), Moment::AfterEffect);
    let deployed = finish(deploy).await.exits_with(0);
    assert!(deployed.url().starts_with("https://"));
    twin.run(&["status", "dev"]).await.exits_with(0).reports("version 2 was released");
}
