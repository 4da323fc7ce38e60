//! Retries, failures, timeouts and cancellation.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use reconcile::{Apply, Choices, Class, Engine, Event, Graph, Halt, HaltReason, Observer, Outcome, Problem};

use tokio::time::Instant;

use crate::{
    fake::{FakeCloud, FakeDesired, FakeItem, FakeResource},
    stack::{APPLY, engine, run, stack},
};

#[tokio::test(start_paused = true)]
async fn a_replacement_that_was_not_approved_is_refused() {
    let cloud = Arc::new(FakeCloud::new());
    run(&cloud, stack("1", false), Choices::default()).await.unwrap();
    let engine = engine(&cloud, stack("2", false), Choices::default());
    engine.observe().await.unwrap();
    let plan = engine.plan();
    cloud
        .put("bucket", FakeItem { fields: FakeDesired::of(&[("kind", "swapped")]).0, ..FakeItem::default() });
    let report = engine.verify(&plan, engine.apply(&plan, Apply { observed: false, ..APPLY }).await).await;
    let Some(Outcome::Failed(failure)) = report.outcome("bucket") else { panic!("{report:?}") };
    assert!(matches!(failure.problem, Problem::NotApproved(_)));
}

#[tokio::test(start_paused = true)]
async fn retryable_failures_are_retried() {
    for class in [Class::Throttled, Class::Propagating, Class::Busy, Class::Stale, Class::Unavailable] {
        let cloud = Arc::new(FakeCloud::new());
        for line in ["create function", "observe role", "set api field.target"] {
            (0..5).for_each(|_| cloud.fail(line, class));
        }
        assert!(run(&cloud, stack("1", false), Choices::default()).await.unwrap().complete(), "{class:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_missing_permission_is_retried_only_right_after_the_creation_of_what_it_depends_on() {
    for (line, failures, complete) in [
        ("create function", 5, true),
        ("create function", 100, false),
        ("set role field.a", 5, true),
        ("create role", 1, false),
    ] {
        let cloud = Arc::new(FakeCloud::new());
        (0..failures).for_each(|_| cloud.fail(line, Class::Denied));
        let begun = Instant::now();
        let report = run(&cloud, stack("1", false), Choices::default()).await.unwrap();
        assert_eq!(report.complete(), complete, "{line}: {report:?}");
        assert!(begun.elapsed() < Duration::from_secs(40), "{line}: {:?}", begun.elapsed());
    }
    // The verification reads what this run created.
    let cloud = Arc::new(FakeCloud::new());
    let engine = engine(&cloud, stack("1", false), Choices::default());
    engine.observe().await.unwrap();
    let plan = engine.plan();
    let report = engine.apply(&plan, APPLY).await;
    (0..5).for_each(|_| cloud.fail("observe role", Class::Denied));
    assert!(engine.verify(&plan, report).await.complete());
    // A role of an earlier run has propagated long ago.
    let cloud = Arc::new(FakeCloud::new());
    run(&cloud, stack("1", false), Choices::default()).await.unwrap();
    cloud.remove("function");
    cloud.fail("create function", Class::Denied);
    assert!(!run(&cloud, stack("1", false), Choices::default()).await.unwrap().complete());
}

#[tokio::test(start_paused = true)]
async fn a_permission_missing_after_the_first_call_of_a_creation_is_retried() {
    for (failing, complete) in [(&["finish pair"; 5][..], true), (&["create pair"], false)] {
        let cloud = Arc::new(FakeCloud::new());
        for line in failing {
            cloud.fail(line, Class::Denied);
        }
        let mut graph = Graph::new();
        let pair = FakeResource { in_one_push: true, ..FakeResource::new("pair") };
        graph.add("pair", pair, (), |()| FakeDesired::of(&[("a", "1")]));
        let report = run(&cloud, graph, Choices::default()).await.unwrap();
        assert_eq!(report.complete(), complete, "{report:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_number_of_retries_is_limited_by_the_timeout_alone() {
    let cloud = Arc::new(FakeCloud::new());
    (0..25).for_each(|_| cloud.fail("set api field.target", Class::Busy));
    assert!(run(&cloud, stack("1", false), Choices::default()).await.unwrap().complete());
}

#[tokio::test(start_paused = true)]
async fn a_final_failure_skips_only_its_dependents() {
    let cloud = Arc::new(FakeCloud::new());
    cloud.fail("create function", Class::Refused);
    let report = run(&cloud, stack("1", true), Choices::default()).await.unwrap();
    assert!(matches!(report.outcome("function"), Some(Outcome::Failed(_))));
    assert!(matches!(report.outcome("api"), Some(Outcome::Skipped { because: "function" })), "{report:?}");
    assert!(matches!(report.outcome("front"), Some(Outcome::Skipped { because: "function" })));
    assert!(matches!(report.outcome("note"), Some(Outcome::Created)));
}

#[tokio::test(start_paused = true)]
async fn rejected_credentials_cancel_the_run_with_one_failure() {
    let cloud = Arc::new(FakeCloud::new());
    for part in ["create bucket", "create role"] {
        cloud.fail(part, Class::Credentials);
    }
    let report = run(&cloud, stack("1", true), Choices::default()).await.unwrap();
    assert_eq!(report.failures().count(), 1, "{report:?}");
    assert!(report.halted());
    assert!(run(&cloud, stack("1", true), Choices::default()).await.unwrap().complete());
}

#[tokio::test(start_paused = true)]
async fn a_difference_that_no_push_removes_is_reported_by_field() {
    let cloud = Arc::new(FakeCloud::new());
    let mut graph = Graph::new();
    graph
        .add("forgetful", Forgetful(FakeResource::new("forgetful")), (), |()| FakeDesired::of(&[("a", "1")]));
    let report = run(&cloud, graph, Choices::default()).await.unwrap();
    let Some(Outcome::Failed(failure)) = report.outcome("forgetful") else { panic!("{report:?}") };
    let Problem::StillDiffers(changes) = &failure.problem else { panic!("{failure:?}") };
    assert_eq!(changes[0].field, "field.a");
}

/// A resource that accepts a field but does not store it.
struct Forgetful(FakeResource);

impl reconcile::Resource for Forgetful {
    type Cloud = FakeCloud;
    type Desired = FakeDesired;
    type Actual = FakeItem;
    type Output = String;
    type Memory = ();

    async fn observe(
        &self,
        cloud: &FakeCloud,
        _: &mut Self::Memory,
    ) -> Result<Option<FakeItem>, reconcile::Fault> {
        self.0.observe(cloud, &mut ()).await
    }
    fn ownership(&self, actual: &FakeItem) -> reconcile::Ownership {
        self.0.ownership(actual)
    }
    fn diff(&self, desired: &FakeDesired, actual: Option<&FakeItem>) -> Vec<reconcile::Change> {
        self.0.diff(desired, actual)
    }
    async fn converge(
        &self,
        cloud: &FakeCloud,
        _: &mut Self::Memory,
        _desired: &FakeDesired,
        actual: Option<&FakeItem>,
    ) -> Result<reconcile::Pushed<FakeItem>, reconcile::Fault> {
        self.0.converge(cloud, &mut (), &FakeDesired::default(), actual).await
    }
    async fn delete(
        &self,
        cloud: &FakeCloud,
        _: &mut Self::Memory,
        actual: &FakeItem,
    ) -> Result<reconcile::Removed, reconcile::Fault> {
        self.0.delete(cloud, &mut (), actual).await
    }
    fn output(&self, actual: &FakeItem) -> Option<String> {
        self.0.output(actual)
    }
}

/// An observer that cancels the run when a node starts.
struct HaltAt(&'static str, Halt, Mutex<Vec<String>>);

impl Observer for HaltAt {
    fn on(&self, event: Event) {
        if let Event::Started { node, .. } = &event {
            self.2.lock().expect("no test panics while it holds the list").push((*node).to_owned());
            if *node == self.0 {
                self.1.set(HaltReason::Interrupted);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_canceled_run_starts_nothing_new_and_the_next_run_finishes() {
    let cloud = Arc::new(FakeCloud::new());
    let halt = Halt::new();
    let observer = Arc::new(HaltAt("function", halt.clone(), Mutex::default()));
    let engine = Engine::new(stack("1", false), Arc::clone(&cloud), observer, halt, Choices::default());
    engine.observe().await.unwrap();
    let report = {
        let plan = engine.plan();
        engine.verify(&plan, engine.apply(&plan, APPLY).await).await
    };
    assert!(report.halted());
    assert!(cloud.get("api").is_none());
    assert!(run(&cloud, stack("1", false), Choices::default()).await.unwrap().complete());
}

/// An observer that cancels the run at the first retry.
struct HaltAtRetry(Halt);

impl Observer for HaltAtRetry {
    fn on(&self, event: Event) {
        if matches!(event, Event::Retrying { .. }) {
            self.0.set(HaltReason::Interrupted);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_canceled_observation_is_an_error_so_that_no_plan_creates_an_existing_resource() {
    let cloud = Arc::new(FakeCloud::new());
    run(&cloud, stack("1", false), Choices::default()).await.unwrap();
    cloud.fail("observe role", Class::Throttled);
    let halt = Halt::new();
    let observer = Arc::new(HaltAtRetry(halt.clone()));
    let engine = Engine::new(stack("1", false), Arc::clone(&cloud), observer, halt, Choices::default());
    let failures = engine.observe().await.unwrap_err();
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert_eq!(failures[0].node, "role");
    assert!(matches!(failures[0].problem, Problem::Canceled), "{failures:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wait_times_out() {
    let cloud = Arc::new(FakeCloud::new());
    let mut graph = Graph::new();
    graph.add("stuck", FakeResource { slow: u32::MAX, ..FakeResource::new("stuck") }, (), |()| {
        FakeDesired::default()
    });
    let started = Instant::now();
    let report = run(&cloud, graph, Choices::default()).await.unwrap();
    let Some(Outcome::Failed(failure)) = report.outcome("stuck") else { panic!("{report:?}") };
    assert!(matches!(failure.problem, Problem::TimedOut(_)));
    assert!(started.elapsed() < Duration::from_secs(150));
}
