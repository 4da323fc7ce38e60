//! Loses every single call of a run once, in every way a call can be lost, and demands the same end each time.

/// Whether the lost call still took effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    Before,
    After,
}

/// What becomes of the run that lost a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It goes on, and has to find out by itself.
    GoesOn,
    /// It is dead: no later call gets through.
    Dies,
}

/// A cloud that can be told to lose a call.
pub trait World {
    /// How many calls were made so far.
    fn calls(&self) -> usize;
    /// How many of them changed something.
    fn writes(&self) -> usize;
    /// Loses call number `call`, counted from 0.
    fn lose(&self, call: usize, lost: Lost, then: Then);
    /// From now on every call gets through.
    fn restore(&self);
    /// Everything that exists, as text that two equal worlds share.
    fn picture(&self) -> impl Future<Output = String>;
}

impl<W: World> World for std::sync::Arc<W> {
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
    fn picture(&self) -> impl Future<Output = String> {
        (**self).picture()
    }
}

/// Runs `run` in a fresh world once per call it makes, loses that call, runs again, and panics unless the end is the
/// same as without the loss and a further run writes nothing. `run` answers whether it succeeded.
pub async fn every_crash_point<W: World>(fresh: impl AsyncFn() -> W, run: impl AsyncFn(&W) -> bool) {
    let world = fresh().await;
    assert!(run(&world).await, "the run fails even when nothing is lost");
    let (calls, wanted) = (world.calls(), world.picture().await);
    assert_quiet(&world, &run, "undisturbed").await;

    for call in 0..calls {
        for lost in [Lost::Before, Lost::After] {
            for then in [Then::GoesOn, Then::Dies] {
                let point = format!("call {call} of {calls} lost {lost:?} its effect, the run {then:?}");
                let world = fresh().await;
                world.lose(call, lost, then);
                let succeeded = run(&world).await;
                assert!(succeeded || then == Then::Dies, "{point}: it did not recover by itself");
                world.restore();
                assert!(run(&world).await, "{point}: the next run failed");
                let picture = world.picture().await;
                assert!(picture == wanted, "{point}:\n{picture}\ninstead of\n{wanted}");
                assert_quiet(&world, &run, &point).await;
            }
        }
    }
}

async fn assert_quiet<W: World>(world: &W, run: &impl AsyncFn(&W) -> bool, point: &str) {
    let before = world.writes();
    assert!(run(world).await, "{point}: a further run failed");
    assert_eq!(world.writes(), before, "{point}: a further run wrote something");
}
