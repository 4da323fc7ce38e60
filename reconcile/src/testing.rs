//! A crash test: loses each call of a run once, in every way a call can be lost, and expects the same result each time.

/// Whether a lost call took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    BeforeEffect,
    AfterEffect,
}

/// The behavior of a run after a lost call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// The run continues and has to recover.
    Continue,
    /// The run crashes: every later call is dropped, too.
    Crash,
}

/// A cloud that can lose a call.
pub trait LossyCloud {
    /// Returns how many calls were made.
    fn calls(&self) -> usize;
    /// Returns how many writes were made.
    fn writes(&self) -> usize;
    /// Loses call number `call`, counted from 0.
    fn lose(&self, call: usize, lost: Lost, then: Then);
    /// Lets every call through from now on.
    fn restore(&self);
    /// Returns everything that exists, as a text that can be compared.
    fn snapshot(&self) -> impl Future<Output = String>;
}

impl<C: LossyCloud> LossyCloud for std::sync::Arc<C> {
    fn calls(&self) -> usize {
        (**self).calls()
    }
    fn writes(&self) -> usize {
        (**self).writes()
    }
    fn lose(&self, call: usize, lost: Lost, then: Then) {
        (**self).lose(call, lost, then);
    }
    fn restore(&self) {
        (**self).restore();
    }
    fn snapshot(&self) -> impl Future<Output = String> {
        (**self).snapshot()
    }
}

/// Repeats `run` in a fresh cloud for each of its calls, loses that call, and runs again. Panics unless the result is the
/// same as without the loss and a further run writes nothing. `run` returns whether it succeeded.
pub async fn every_crash_point<C: LossyCloud>(fresh: impl AsyncFn() -> C, run: impl AsyncFn(&C) -> bool) {
    let cloud = fresh().await;
    assert!(run(&cloud).await, "the run fails even if no call is lost");
    let (calls, expected) = (cloud.calls(), cloud.snapshot().await);
    assert_no_writes(&cloud, &run, "no call lost").await;

    for call in 0..calls {
        for lost in [Lost::BeforeEffect, Lost::AfterEffect] {
            for then in [Then::Continue, Then::Crash] {
                let point = format!("call {call} of {calls}, {lost:?}, {then:?}");
                let cloud = fresh().await;
                cloud.lose(call, lost, then);
                let succeeded = run(&cloud).await;
                assert!(succeeded || then == Then::Crash, "{point}: it did not recover");
                cloud.restore();
                assert!(run(&cloud).await, "{point}: the next run failed");
                let snapshot = cloud.snapshot().await;
                assert!(snapshot == expected, "{point}:\n{snapshot}\ninstead of\n{expected}");
                assert_no_writes(&cloud, &run, &point).await;
            }
        }
    }
}

async fn assert_no_writes<C: LossyCloud>(cloud: &C, run: &impl AsyncFn(&C) -> bool, point: &str) {
    let before = cloud.writes();
    assert!(run(cloud).await, "{point}: a further run failed");
    assert_eq!(cloud.writes(), before, "{point}: a further run wrote something");
}
