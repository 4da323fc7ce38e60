//! The loop that converges or removes a single node: create, update, wait, retry and check are all in here.

use std::time::Duration;

use crate::{
    backoff::Backoff,
    change::Change,
    entry::{Entry, Observed},
    fault::{Class, Fault},
    inputs::Reached,
    report::{Failure, Outcome, Phase, Problem},
    resource::{Ownership, Pushed, Removed, Resource, Status, Wait},
    run::{Delays, Run, Stop, Waits},
};

/// How many successful pushes may leave the same difference before the node fails.
const PUSHES_WITHOUT_PROGRESS: u32 = 8;

impl<R: Resource> Entry<R> {
    /// Observes the resource, with retries, and stores the result.
    pub(crate) async fn observe_and_store(&self, run: &Run<R::Cloud>) -> Result<(), Failure> {
        let mut delays = Delays::new(self.name);
        match self.observe_with_retries(run, &mut delays).await {
            Ok(_) => Ok(()),
            // Without an error, a plan would show an existing resource as one to create.
            Err(Stop::Halted) => {
                Err(Failure { node: self.name, phase: Phase::Observe, problem: Problem::Canceled })
            }
            Err(Stop::Failed(phase, problem)) => Err(Failure { node: self.name, phase, problem }),
        }
    }

    async fn observe_with_retries(
        &self,
        run: &Run<R::Cloud>,
        delays: &mut Delays,
    ) -> Result<Option<R::Actual>, Stop> {
        loop {
            let result = {
                let mut memory = self.memory.lock().await;
                self.resource.observe(&run.cloud, &mut memory).await
            };
            match result {
                Ok(actual) => {
                    self.set_observed(Observed::Actual(actual.clone()));
                    return Ok(actual);
                }
                Err(fault) => run.retry(delays, self.reclassify(run, fault), Phase::Observe).await?,
            }
        }
    }

    async fn observe_if_unknown(
        &self,
        run: &Run<R::Cloud>,
        delays: &mut Delays,
    ) -> Result<Option<R::Actual>, Stop> {
        match self.observed() {
            Observed::Actual(actual) => Ok(actual),
            Observed::NotYet => self.observe_with_retries(run, delays).await,
        }
    }

    pub(crate) async fn converge_until_nothing_differs(
        &self,
        run: &Run<R::Cloud>,
        replace: bool,
    ) -> Result<Outcome, Failure> {
        self.converge_or_stop(run, replace).await.or_else(|stop| stop.into_result(self.name))
    }

    async fn converge_or_stop(&self, run: &Run<R::Cloud>, replace: bool) -> Result<Outcome, Stop> {
        let mut progress = Progress {
            delays: Delays::new(self.name),
            stall: Stall::default(),
            tried_to_create: false,
            created: false,
        };
        let mut actual = self.observe_if_unknown(run, &mut progress.delays).await?;
        let desired = self.desired(&run.outputs).ok_or_else(|| {
            let why = "it was started before its inputs were known".to_owned();
            Stop::Failed(Phase::Converge, Problem::Broken(why))
        })?;
        let mut outcome = if actual.is_some() { Outcome::Unchanged } else { Outcome::Created };
        loop {
            if let Some(current) = &actual {
                self.publish_early(run, &desired, current);
                match self.next(&desired, current, &mut progress.stall)? {
                    Next::Defer(wait) if run.waits == Waits::No => {
                        return Ok(Outcome::InProgress(wait.reason));
                    }
                    Next::Wait(wait) | Next::Defer(wait) => {
                        run.wait(&mut progress.delays, &wait, Phase::Converge).await?;
                        actual = self.observe_with_retries(run, &mut progress.delays).await?;
                        continue;
                    }
                    Next::Observe(delay) => {
                        run.sleep(delay).await;
                        actual = self.observe_with_retries(run, &mut progress.delays).await?;
                        continue;
                    }
                    Next::Finish => {
                        return self
                            .wait_until_ready(run, &mut progress.delays, current.clone(), outcome)
                            .await;
                    }
                    Next::Replace(changes) if matches!(outcome, Outcome::Unchanged) => {
                        if !replace {
                            return Err(Stop::Failed(Phase::Converge, Problem::NotApproved(changes)));
                        }
                        self.remove_or_stop(run).await?;
                        outcome = Outcome::Replaced;
                        actual = None;
                    }
                    Next::Replace(_) | Next::Push => {
                        if let Some(fault) = self.check_ownership(run, current, &progress)? {
                            run.retry(&mut progress.delays, fault, Phase::Converge).await?;
                            actual = self.observe_with_retries(run, &mut progress.delays).await?;
                            continue;
                        }
                        if matches!(outcome, Outcome::Unchanged) {
                            outcome = Outcome::Updated;
                        }
                    }
                }
            }
            run.check_halt()?;
            actual = self.push(run, &mut progress, &desired, actual.as_ref()).await?;
        }
    }

    /// Returns the next step for a resource that exists.
    fn next(&self, desired: &R::Desired, actual: &R::Actual, stall: &mut Stall) -> Result<Next, Stop> {
        let deferred = match self.resource.status(actual) {
            Status::Failed(why) => return Err(Stop::Failed(Phase::Converge, Problem::Broken(why))),
            Status::Busy(wait) => return Ok(Next::Wait(wait)),
            Status::Deferred(wait) => Some(wait),
            Status::Ready | Status::Settling(_) => None,
        };
        let changes = self.resource.diff(desired, Some(actual));
        if changes.is_empty() {
            Ok(Next::Finish)
        } else if let Some(wait) = deferred {
            Ok(Next::Defer(wait))
        } else if changes.iter().any(|change| change.replaces) {
            Ok(Next::Replace(changes))
        } else {
            stall.next(changes)
        }
    }

    /// A permission that is missing right after this run created the resource, or one that it depends on, may only need
    /// time to propagate.
    fn reclassify(&self, run: &Run<R::Cloud>, mut fault: Fault) -> Fault {
        let nodes = self.edges.iter().map(|edge| edge.upstream).chain([self.index]);
        if fault.class == Class::Denied && run.has_just_created(nodes) {
            fault.class = Class::Propagating;
        }
        fault
    }

    /// Returns whether a push created the resource before one of its later calls was denied. The last read found that
    /// the resource did not exist. A read that fails now is therefore a sign that it exists.
    async fn was_created(&self, run: &Run<R::Cloud>) -> bool {
        let mut memory = self.memory.lock().await;
        !matches!(self.resource.observe(&run.cloud, &mut memory).await, Ok(None))
    }

    /// Makes one push, and returns the actual state after it.
    async fn push(
        &self,
        run: &Run<R::Cloud>,
        progress: &mut Progress,
        desired: &R::Desired,
        actual: Option<&R::Actual>,
    ) -> Result<Option<R::Actual>, Stop> {
        progress.tried_to_create |= actual.is_none();
        let result = {
            let mut memory = self.memory.lock().await;
            self.resource.converge(&run.cloud, &mut memory, desired, actual).await
        };
        let pushed = match result {
            Ok(pushed) => pushed,
            Err(fault) => {
                if fault.class == Class::Denied && actual.is_none() && self.was_created(run).await {
                    run.record_creation(self.index);
                }
                let fault = self.reclassify(run, fault);
                run.retry(&mut progress.delays, fault, Phase::Converge).await?;
                // A push that failed is expected to leave the difference. Only the backoff's timeout limits retries.
                progress.stall = Stall::default();
                return self.observe_with_retries(run, &mut progress.delays).await;
            }
        };
        if actual.is_none() {
            progress.created = true;
            run.record_creation(self.index);
        }
        progress.delays = Delays::new(self.name);
        match pushed {
            Pushed::Actual(actual) => {
                self.set_observed(Observed::Actual(Some(actual.clone())));
                Ok(Some(actual))
            }
            Pushed::Observe => self.observe_with_retries(run, &mut progress.delays).await,
        }
    }

    /// Lets early dependents start, if no further push will change the output.
    fn publish_early(&self, run: &Run<R::Cloud>, desired: &R::Desired, actual: &R::Actual) {
        let certain = self.resource.predict_output(desired, Some(actual)).is_some();
        let Some(output) = self.resource.output(actual).filter(|_| certain) else {
            return;
        };
        self.publish(&run.outputs, Some(output));
        // Without a receiver the walk is over, and no node is waiting.
        let _ = run.milestones.send((self.index, Reached::Early));
    }

    /// Fails if the resource has another owner. Returns a fault to retry after if its owner may not be readable yet,
    /// because this run tried to create it and the response was lost.
    fn check_ownership(
        &self,
        run: &Run<R::Cloud>,
        actual: &R::Actual,
        progress: &Progress,
    ) -> Result<Option<Fault>, Stop> {
        match self.resource.ownership(actual) {
            _ if run.adopt || progress.created => Ok(None),
            Ownership::Ours => Ok(None),
            Ownership::Untagged(what) if progress.tried_to_create => {
                Ok(Some(Fault::new(Class::Propagating, what)))
            }
            Ownership::Untagged(what) | Ownership::Foreign(what) => {
                Err(Stop::Failed(Phase::Converge, Problem::Foreign(what)))
            }
        }
    }

    /// Waits until a resource that this run created is ready.
    async fn wait_until_ready(
        &self,
        run: &Run<R::Cloud>,
        delays: &mut Delays,
        mut actual: R::Actual,
        outcome: Outcome,
    ) -> Result<Outcome, Stop> {
        let created = matches!(outcome, Outcome::Created | Outcome::Replaced);
        while let Status::Settling(wait) = self.resource.status(&actual) {
            if !created || run.waits == Waits::No {
                return Ok(if created { Outcome::InProgress(wait.reason) } else { outcome });
            }
            run.wait(delays, &wait, Phase::Converge).await?;
            match self.observe_with_retries(run, delays).await? {
                Some(current) => actual = current,
                None => {
                    return Err(Stop::Failed(Phase::Converge, Problem::Broken("it disappeared".to_owned())));
                }
            }
        }
        self.publish(&run.outputs, self.resource.output(&actual));
        Ok(outcome)
    }

    pub(crate) async fn remove_until_gone(&self, run: &Run<R::Cloud>) -> Result<Outcome, Failure> {
        self.remove_or_stop(run).await.or_else(|stop| stop.into_result(self.name))
    }

    async fn remove_or_stop(&self, run: &Run<R::Cloud>) -> Result<Outcome, Stop> {
        let mut delays = Delays::new(self.name);
        let mut actual = self.observe_if_unknown(run, &mut delays).await?;
        while let Some(current) = actual {
            if let Ownership::Untagged(what) | Ownership::Foreign(what) = self.resource.ownership(&current) {
                return Err(Stop::Failed(Phase::Delete, Problem::Foreign(what)));
            }
            if self.resource.detached(&current) {
                let _ = run.milestones.send((self.index, Reached::Early));
            }
            run.check_halt()?;
            let result = {
                let mut memory = self.memory.lock().await;
                self.resource.delete(&run.cloud, &mut memory, &current).await
            };
            match result {
                Ok(Removed::Done) => break,
                Ok(Removed::Observe) => {}
                Ok(Removed::Waiting(wait)) if run.waits == Waits::No => {
                    return Ok(Outcome::InProgress(wait.reason));
                }
                Ok(Removed::Waiting(wait)) => run.wait(&mut delays, &wait, Phase::Delete).await?,
                Err(fault) => run.retry(&mut delays, fault, Phase::Delete).await?,
            }
            actual = self.observe_with_retries(run, &mut delays).await?;
        }
        self.set_observed(Observed::Actual(None));
        Ok(Outcome::Deleted)
    }
}

/// The progress of one node's loop.
struct Progress {
    delays: Delays,
    stall: Stall,
    /// This run sent a creation, perhaps without a response.
    tried_to_create: bool,
    /// This run created the resource and got a response, so its ownership need not be checked.
    created: bool,
}

/// The next step for a resource that exists.
enum Next {
    Finish,
    Wait(Wait),
    /// Wait, or leave the rest to the next run.
    Defer(Wait),
    /// The last push succeeded but left the same difference, so the read may have been stale: observe after a delay.
    Observe(Duration),
    Push,
    Replace(Vec<Change>),
}

/// Detects successful pushes that leave the same difference.
#[derive(Default)]
struct Stall {
    last: Vec<Change>,
    times: u32,
}

impl Stall {
    fn next(&mut self, changes: Vec<Change>) -> Result<Next, Stop> {
        if self.last != changes {
            *self = Self { last: changes, times: 0 };
            return Ok(Next::Push);
        }
        self.times += 1;
        if self.times > 2 * PUSHES_WITHOUT_PROGRESS {
            return Err(Stop::Failed(Phase::Converge, Problem::StillDiffers(changes)));
        }
        // Observe again before each further push.
        let observe = self.times % 2 == 1;
        Ok(if observe { Next::Observe(Backoff::PROPAGATION.delay(self.times / 2, "")) } else { Next::Push })
    }
}
