//! Crash tests: a run loses each of its calls once, in every way that a call can be lost.

use std::sync::Arc;

use reconcile::{Choices, testing::every_crash_point};

use crate::{
    fake::FakeCloud,
    stack::{destroy, run, stack},
};

#[tokio::test(start_paused = true)]
async fn a_deploy_survives_every_crash_point() {
    let fresh = async || Arc::new(FakeCloud::new());
    every_crash_point(fresh, async |cloud: &Arc<FakeCloud>| {
        run(cloud, stack("1", true), Choices::default()).await.is_some_and(|report| report.complete())
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_update_and_a_destroy_survive_every_crash_point() {
    let fresh = async || {
        let cloud = Arc::new(FakeCloud::new());
        run(&cloud, stack("1", true), Choices::default()).await.unwrap();
        cloud.reset_counts();
        cloud
    };
    every_crash_point(fresh, async |cloud: &Arc<FakeCloud>| {
        run(cloud, stack("2", false), Choices::default()).await.is_some_and(|report| report.complete())
    })
    .await;
    every_crash_point(fresh, async |cloud: &Arc<FakeCloud>| {
        run(cloud, stack("1", true), destroy()).await.is_some_and(|report| report.complete())
    })
    .await;
}
