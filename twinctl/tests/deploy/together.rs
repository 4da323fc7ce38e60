//! Two people deploy the same environment.

use std::time::Duration;

use xtask::proxy::{Moment, Which};

use crate::{
    account::inventory,
    code,
    twin::{Twin, finish},
};

#[tokio::test]
async fn the_second_of_two_is_refused_with_the_name_of_the_first() {
    let Some(twin) = Twin::new() else { return };
    let zip = code::before().to_str().unwrap();
    let held = twin.proxy.hold(Which::first(1, "POST /2020-05-31/distribution"), Moment::BeforeEffect);
    let mut first = twin.command(&["deploy", "dev", "--yes", "--lambda-zip", zip]).spawn().unwrap();
    held.await.unwrap();

    let second = twin.deploy(&[]).await.ends_with(4);
    second.says("ada");
    second.says("twinctl deploy dev");
    assert_eq!(second.stdout, "");
    twin.run(&["status", "dev"]).await.says("locked by ada");

    first.kill().await.unwrap();
    twin.proxy.reset();
    twin.deploy(&[]).await.ends_with(0);
    twin.plan().await.ends_with(0);
}

#[tokio::test]
async fn the_second_of_two_waits_for_the_first_when_it_is_told_to() {
    let Some(twin) = Twin::new() else { return };
    let zip = code::before().to_str().unwrap();
    twin.proxy.set_delay(Duration::from_millis(200));
    let args = ["deploy", "dev", "--yes", "--lambda-zip", zip, "--lock-wait", "60s"];
    let first = twin.command(&args).spawn().unwrap();
    twin.called("CreateRole").await;
    let second = twin.command(&args).spawn().unwrap();
    let (first, second) = tokio::join!(finish(first), finish(second));
    let (first, second) = (first.ends_with(0), second.ends_with(0));
    assert_eq!(first.url(), second.url());
    let distributions = inventory(&twin.by_hand).await;
    let distributions = distributions.iter().filter(|line| line.starts_with("distribution "));
    assert_eq!(distributions.count(), 1);
}

#[tokio::test]
async fn two_that_start_at_once_do_not_break_each_other() {
    let Some(twin) = Twin::new() else { return };
    let zip = code::before().to_str().unwrap();
    let args = ["deploy", "dev", "--yes", "--lambda-zip", zip];
    let start = || finish(twin.command(&args).spawn().unwrap());
    let (one, other) = tokio::join!(start(), start());
    for ran in [&one, &other] {
        assert!(matches!(ran.code, Some(0 | 4)), "{ran:?}");
    }
    assert!(one.code == Some(0) || other.code == Some(0), "{one:?}\n{other:?}");
    twin.deploy(&[]).await.ends_with(0);
    twin.plan().await.ends_with(0);
    let there = inventory(&twin.by_hand).await;
    for kind in ["distribution ", "api ", "role ", "item "] {
        assert_eq!(there.iter().filter(|line| line.starts_with(kind)).count(), 1, "{kind}in {there:#?}");
    }
}
