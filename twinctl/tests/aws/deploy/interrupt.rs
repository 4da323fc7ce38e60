//! Ctrl-C in the middle of a deploy.

use std::time::Duration;

use testbed::twin_lambda::first_zip;
use testbed::{
    process,
    proxy::{Selector, Timing},
};

use super::{
    inventory::inventory,
    twin::{Twin, deploy_args, finish},
};

#[testbed::test(emulator)]
async fn ctrl_c_releases_the_lock_and_the_next_run_converges() {
    stopped_by("-INT").await;
}

#[testbed::test(emulator)]
async fn sigterm_from_a_ci_runner_releases_the_lock_and_the_next_run_converges() {
    stopped_by("-TERM").await;
}

async fn stopped_by(signal: &str) {
    let twin = Twin::new();
    twin.proxy.set_delay(Duration::from_millis(200));
    let args = deploy_args(first_zip());
    let child = twin.spawn(&args);
    twin.wait_for_calls("CreateRole", 1).await;
    process::signal(child.id().unwrap(), signal);
    let stopped = finish(child).await.exits_with(130);
    stopped.reports("run `twinctl deploy dev` again to continue");
    assert_eq!(stopped.stdout, "");

    let resources = inventory(&twin.by_hand).await;
    assert!(resources.contains(&"item ada/dev free".to_owned()), "{resources:#?}");
    assert!(!resources.iter().any(|line| line.starts_with("alias ")), "the deploy continued: {resources:#?}");
    twin.proxy.set_delay(Duration::ZERO);
    twin.deploy(&[]).await.exits_with(0);
}

#[testbed::test(emulator)]
async fn ctrl_c_while_waiting_for_the_lock_leaves_it_with_its_holder() {
    let twin = Twin::new();
    let args = deploy_args(first_zip());
    let held = twin.proxy.hold(Selector::first(1, "POST /2020-05-31/distribution"), Timing::BeforeEffect);
    let mut holder = twin.spawn(&args);
    held.await.unwrap();
    twin.proxy.reset();
    let waiting = twin.spawn(&[&args[..], &["--lock-wait", "10m"]].concat());
    // The record is read at the start, and again while it waits.
    twin.wait_for_calls("GetItem", 2).await;
    process::signal(waiting.id().unwrap(), "-INT");
    finish(waiting).await.exits_with(130);
    assert!(inventory(&twin.by_hand).await.contains(&"item ada/dev held".to_owned()));
    holder.kill().await.unwrap();
}
