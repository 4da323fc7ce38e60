//! Ctrl-C in the middle of a deploy.

use std::time::Duration;

use tokio::process::Command;
use xtask::proxy::{Moment, Which};

use crate::{
    account::inventory,
    code,
    twin::{Twin, finish},
};

#[tokio::test]
async fn ctrl_c_gives_the_lock_back_and_the_next_run_converges() {
    stopped_by("-INT").await;
}

#[tokio::test]
async fn a_ci_runner_that_ends_the_job_does_the_same() {
    stopped_by("-TERM").await;
}

async fn stopped_by(signal: &str) {
    let Some(twin) = Twin::new() else { return };
    twin.proxy.set_delay(Duration::from_millis(200));
    let args = ["deploy", "dev", "--yes", "--lambda-zip", code::before().to_str().unwrap()];
    let child = twin.command(&args).spawn().unwrap();
    let process = child.id().unwrap().to_string();
    twin.called("CreateRole").await;
    assert!(Command::new("kill").args([signal, &process]).status().await.unwrap().success());
    let stopped = finish(child).await.ends_with(130);
    stopped.says("run `twinctl deploy dev` again to continue");
    assert_eq!(stopped.stdout, "");

    let there = inventory(&twin.by_hand).await;
    assert!(there.contains(&"item ada/dev free".to_owned()), "{there:#?}");
    assert!(!there.iter().any(|line| line.starts_with("alias ")), "it went on: {there:#?}");
    twin.proxy.set_delay(Duration::ZERO);
    twin.deploy(&[]).await.ends_with(0);
}

#[tokio::test]
async fn ctrl_c_while_waiting_for_the_lock_leaves_it_to_its_holder() {
    let Some(twin) = Twin::new() else { return };
    let zip = code::before().to_str().unwrap();
    let held = twin.proxy.hold(Which::first(1, "POST /2020-05-31/distribution"), Moment::BeforeEffect);
    let mut holder = twin.command(&["deploy", "dev", "--yes", "--lambda-zip", zip]).spawn().unwrap();
    held.await.unwrap();
    twin.proxy.reset();
    let waiting = ["deploy", "dev", "--yes", "--lambda-zip", zip, "--lock-wait", "5m"];
    let waiting = twin.command(&waiting).spawn().unwrap();
    let process = waiting.id().unwrap().to_string();
    // It looks at the record before everything, and again while it waits.
    twin.called_often("GetItem", 2).await;
    assert!(Command::new("kill").args(["-INT", &process]).status().await.unwrap().success());
    finish(waiting).await.ends_with(130);
    assert!(inventory(&twin.by_hand).await.contains(&"item ada/dev held".to_owned()));
    holder.kill().await.unwrap();
}
