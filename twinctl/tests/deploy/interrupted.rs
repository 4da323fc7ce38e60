//! Ctrl-C in the middle of a deploy.

use std::time::Duration;

use tokio::process::Command;

use crate::{
    account::inventory,
    code,
    twin::{Twin, finish},
};

#[tokio::test]
async fn ctrl_c_gives_the_lock_back_and_the_next_run_converges() {
    let Some(twin) = Twin::new() else { return };
    twin.proxy.set_delay(Duration::from_millis(200));
    let args = ["deploy", "dev", "--yes", "--lambda-zip", code::before().to_str().unwrap()];
    let child = twin.command(&args).spawn().unwrap();
    let process = child.id().unwrap().to_string();
    twin.called("CreateRole").await;
    assert!(Command::new("kill").args(["-INT", &process]).status().await.unwrap().success());
    let stopped = finish(child).await.ends_with(130);
    stopped.says("run `twinctl deploy dev` again to continue");
    assert_eq!(stopped.stdout, "");

    let there = inventory(&twin.by_hand).await;
    assert!(there.contains(&"item ada/dev free".to_owned()), "{there:#?}");
    assert!(!there.iter().any(|line| line.starts_with("alias ")), "it went on: {there:#?}");
    twin.proxy.set_delay(Duration::ZERO);
    twin.deploy(&[]).await.ends_with(0);
}
