//! Lost responses: the created resource is found and used, and not created twice.

use std::time::Duration;

use testbed::proxy::{Selector, Timing};
use testbed::twin_lambda::second_zip;

use super::{
    inventory::inventory,
    twin::{Twin, deploy_args, finish, is_write},
};

async fn reuses_the_created_resource(operation: &str) {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    let expected = inventory(&twin.by_hand).await;
    twin.reset();
    twin.proxy.lose(Selector::first(1, operation), Timing::AfterEffect);
    twin.deploy(&[]).await.exits_with(0);
    let calls_made = twin.proxy.calls().iter().filter(|call| call.operation == operation).count();
    assert!(calls_made > 0, "{operation} was not called");
    assert_eq!(inventory(&twin.by_hand).await, expected);
}

#[testbed::test(emulator)]
async fn a_role_created_without_a_response_is_used() {
    reuses_the_created_resource("CreateRole").await;
}

#[testbed::test(emulator)]
async fn an_api_created_without_a_response_is_used() {
    reuses_the_created_resource("POST /v2/apis").await;
}

#[testbed::test(emulator)]
async fn a_distribution_created_without_a_response_is_used() {
    reuses_the_created_resource("POST /2020-05-31/distribution").await;
}

/// Loses the response of every write, one per run.
#[testbed::test(emulator)]
async fn one_lost_response_does_not_fail_a_deploy() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    let (calls, expected) = (twin.proxy.calls(), inventory(&twin.by_hand).await);
    let mut failed = Vec::new();
    for call in calls.iter().filter(|call| is_write(call)) {
        twin.reset();
        twin.proxy.lose(Selector::Nth(call.number), Timing::AfterEffect);
        let run = twin.deploy(&[]).await;
        if run.code != Some(0) || inventory(&twin.by_hand).await != expected {
            failed.push(format!("{} {}: {:?}\n{}", call.number, call.operation, run.code, run.stderr));
        }
    }
    assert!(failed.is_empty(), "{} calls:\n{}", failed.len(), failed.join("\n"));
}

#[testbed::test(emulator)]
async fn a_lock_released_without_a_response_is_free_and_the_release_recorded() {
    let twin = Twin::new();
    twin.deploy(&[]).await.exits_with(0);
    twin.proxy.reset();
    twin.proxy.set_delay(Duration::from_millis(100));
    let args = deploy_args(second_zip());
    let deploy = twin.spawn(&args);
    twin.wait_for_calls("PUT /2015-03-31/functions/{}/aliases/{}", 1).await;
    twin.proxy.lose(Selector::first(1, "UpdateItem"), Timing::AfterEffect);
    let deployed = finish(deploy).await.exits_with(0);
    assert!(deployed.url().starts_with("https://"));
    twin.run(&["status", "dev"]).await.exits_with(0).reports("version 2 was released");
}
