//! A holder of the lock that is dead, or seems so.

use xtask::proxy::{Moment, Which};

use crate::{code, twin::Twin};

#[tokio::test]
async fn the_lock_is_shown_and_taken_away_only_when_that_is_confirmed() {
    let Some(twin) = Twin::new() else { return };
    twin.run(&["unlock", "dev"]).await.ends_with(0).says("`dev` is not locked");
    let args = ["deploy", "dev", "--yes", "--lambda-zip", code::before().to_str().unwrap()];
    let killed = twin.killed_at(Which::first(1, "CreateRole"), Moment::AfterEffect, &args).await;
    assert!(killed.is_some());

    let asked = twin.run(&["unlock", "dev"]).await.ends_with(2);
    asked.says("`dev` is locked by ada");
    asked.says("twinctl unlock dev --yes");
    twin.run(&["unlock", "dev", "--yes"]).await.ends_with(0).says("unlocked");
    twin.run(&["unlock", "dev", "--yes"]).await.ends_with(0).says("`dev` is not locked");
    twin.deploy(&[]).await.ends_with(0);
}
