//! `unlock`, for a lock whose holder was killed.

use testbed::proxy::{Selector, Timing};
use testbed::twin_lambda::first_zip;

use super::twin::{Twin, deploy_args};

#[testbed::test(emulator)]
async fn the_lock_is_shown_and_released_only_after_confirmation() {
    let twin = Twin::new();
    twin.run(&["unlock", "dev"]).await.exits_with(0).reports("`dev` is not locked");
    let args = deploy_args(first_zip());
    let killed = twin.kill_at(Selector::first(1, "CreateRole"), Timing::AfterEffect, &args).await;
    assert!(killed.is_some());

    let asked = twin.run(&["unlock", "dev"]).await.exits_with(2);
    asked.reports("`dev` is locked by ada");
    asked.reports("twinctl unlock dev --yes");
    twin.run(&["unlock", "dev", "--yes"]).await.exits_with(0).reports("unlocked");
    twin.run(&["unlock", "dev", "--yes"]).await.exits_with(0).reports("`dev` is not locked");
    twin.deploy(&[]).await.exits_with(0);
}

#[testbed::test(emulator)]
async fn verbose_lists_calls_with_status_and_duration_on_stderr() {
    let twin = Twin::new();
    let status = twin.run(&["status", "dev", "--verbose", "--json"]).await.exits_with(8);
    status.reports("sts GetCallerIdentity: 200 after ");
    status.reports("dynamodb GetItem: 400 after ");
    assert!(status.stdout.lines().all(|line| line.starts_with('{')), "{}", status.stdout);
    let quiet = twin.run(&["status", "dev", "--quiet", "--verbose"]).await.exits_with(2);
    quiet.reports("cannot be used with");
}
