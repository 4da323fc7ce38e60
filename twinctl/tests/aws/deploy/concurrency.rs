//! Two deploys of one environment at the same time.

use std::time::Duration;

use testbed::proxy::{Selector, Timing};
use testbed::twin_lambda::first_zip;

use super::{
    inventory::inventory,
    twin::{Twin, deploy_args, finish},
};

#[testbed::test(emulator)]
async fn the_second_of_two_deploys_is_refused_with_the_name_of_the_first() {
    let twin = Twin::new();
    let held = twin.proxy.hold(Selector::first(1, "POST /2020-05-31/distribution"), Timing::BeforeEffect);
    let mut first = twin.spawn(&deploy_args(first_zip()));
    held.await.unwrap();

    let second = twin.deploy(&[]).await.exits_with(4);
    second.reports("ada");
    second.reports("twinctl deploy dev");
    assert_eq!(second.stdout, "");
    twin.run(&["status", "dev"]).await.reports("locked by ada");

    first.kill().await.unwrap();
    twin.proxy.reset();
    twin.deploy(&[]).await.exits_with(0);
    twin.plan().await.exits_with(0);
}

#[testbed::test(emulator)]
async fn with_lock_wait_the_second_of_two_deploys_waits() {
    let twin = Twin::new();
    twin.proxy.set_delay(Duration::from_millis(200));
    let args = [&deploy_args(first_zip())[..], &["--lock-wait", "10m"]].concat();
    let first = twin.spawn(&args);
    twin.wait_for_calls("CreateRole", 1).await;
    let second = twin.spawn(&args);
    let (first, second) = tokio::join!(finish(first), finish(second));
    let (first, second) = (first.exits_with(0), second.exits_with(0));
    assert_eq!(first.url(), second.url());
    let distributions = inventory(&twin.by_hand).await;
    let distributions = distributions.iter().filter(|line| line.starts_with("distribution "));
    assert_eq!(distributions.count(), 1);
}

#[testbed::test(emulator)]
async fn two_deploys_that_start_at_once_leave_a_valid_environment() {
    let twin = Twin::new();
    let args = deploy_args(first_zip());
    let start = || finish(twin.spawn(&args));
    let (one, other) = tokio::join!(start(), start());
    for ran in [&one, &other] {
        assert!(matches!(ran.code, Some(0 | 4)), "{ran:?}");
    }
    assert!(one.code == Some(0) || other.code == Some(0), "{one:?}\n{other:?}");
    twin.deploy(&[]).await.exits_with(0);
    twin.plan().await.exits_with(0);
    let resources = inventory(&twin.by_hand).await;
    for kind in ["distribution ", "api ", "role ", "item "] {
        assert_eq!(
            resources.iter().filter(|line| line.starts_with(kind)).count(),
            1,
            "{kind}in {resources:#?}"
        );
    }
}
