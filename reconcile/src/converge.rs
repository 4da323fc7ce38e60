//! The one loop that brings a single node to its end: create, update, retry, wait and check are all in here.

use std::{sync::Arc, time::Duration};

use tokio::{sync::mpsc::UnboundedSender, time::Instant};

use crate::{
    Cadence, Change, Class, Event, Failure, Fault, Halt, HaltReason, Observer, Outcome, Ownership, Phase,
    Problem, Pushed, Removed, Resource, Status, Wait, Waits,
    inputs::{Outputs, Reached},
    node::{Entry, Seen},
};

/// How often the same difference may be left over after a successful push before it is called unsettled.
const PUSHES_WITHOUT_PROGRESS: u32 = 8;

/// What every node of one run shares.
pub(crate) struct Run<C> {
    pub(crate) cloud: Arc<C>,
    pub(crate) outputs: Arc<Outputs>,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) halt: Halt,
    pub(crate) waits: Waits,
    pub(crate) adopt: bool,
    pub(crate) milestones: UnboundedSender<(usize, Reached)>,
}

/// Why a node's loop ended before its end.
enum Stop {
    Halted,
    Failed(Phase, Problem),
}

impl Stop {
    fn into_result(self, node: &'static str) -> Result<Outcome, Failure> {
        match self {
            Self::Halted => Ok(Outcome::Halted),
            Self::Failed(phase, problem) => Err(Failure { node, phase, problem }),
        }
    }
}

/// Counts the pauses for one reason; another reason starts anew.
struct Patience {
    node: &'static str,
    reason: String,
    since: Instant,
    attempt: u32,
}

impl Patience {
    fn new(node: &'static str) -> Self {
        Self { node, reason: String::new(), since: Instant::now(), attempt: 0 }
    }

    /// The next pause for `reason`, or `None` when it has lasted too long.
    fn next(&mut self, reason: &str, cadence: Cadence) -> Option<Duration> {
        if self.reason != reason {
            *self = Self { reason: reason.to_owned(), ..Self::new(self.node) };
        }
        let pause = cadence.pause(self.attempt, self.node);
        self.attempt += 1;
        (self.since.elapsed() <= cadence.patience).then_some(pause)
    }
}

impl<C> Run<C> {
    fn proceed(&self) -> Result<(), Stop> {
        if self.halt.reason().is_some() { Err(Stop::Halted) } else { Ok(()) }
    }

    #[expect(clippy::disallowed_methods, reason = "the engine is the one place that waits")]
    pub(crate) async fn pause(&self, pause: Duration) {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = self.halt.halted() => {}
        }
    }

    /// Waits because the thing says so.
    async fn wait(&self, patience: &mut Patience, wait: &Wait, phase: Phase) -> Result<(), Stop> {
        if patience.reason != wait.reason {
            self.observer.on(Event::Waiting { node: patience.node, reason: wait.reason.clone() });
        }
        let timed_out = || Stop::Failed(phase, Problem::TimedOut(wait.reason.clone()));
        let pause = patience.next(&wait.reason, wait.cadence).ok_or_else(timed_out)?;
        self.pause(pause).await;
        self.proceed()
    }

    /// Whoever is locked out first stops the run, because nobody else would be let in; one failure tells it all.
    fn is_locked_out_already(&self) -> bool {
        !self.halt.set(HaltReason::LockedOut) && self.halt.reason() == Some(HaltReason::LockedOut)
    }

    /// Waits because a call failed, if waiting can help.
    async fn retry(&self, patience: &mut Patience, fault: Fault, phase: Phase) -> Result<(), Stop> {
        if fault.class == Class::Credentials && self.is_locked_out_already() {
            return Err(Stop::Halted);
        }
        let pause = fault.class.cadence().and_then(|cadence| patience.next(class_name(fault.class), cadence));
        let Some(pause) = pause else {
            return Err(Stop::Failed(phase, Problem::Fault(fault)));
        };
        let error = fault.to_string();
        self.observer.on(Event::Retrying { node: patience.node, class: fault.class, error, pause });
        self.pause(pause).await;
        self.proceed()
    }
}

fn class_name(class: Class) -> &'static str {
    match class {
        Class::Throttled => "throttled",
        Class::Propagating => "propagating",
        Class::Busy => "busy",
        Class::Stale => "stale",
        Class::Unavailable => "unavailable",
        Class::Denied | Class::Credentials | Class::Refused => "final",
    }
}

impl<R: Resource> Entry<R> {
    pub(crate) async fn look_patiently(&self, run: &Run<R::Cloud>) -> Result<(), Failure> {
        let mut patience = Patience::new(self.name);
        match self.look_again(run, &mut patience).await {
            Ok(_) | Err(Stop::Halted) => Ok(()),
            Err(Stop::Failed(phase, problem)) => Err(Failure { node: self.name, phase, problem }),
        }
    }

    async fn look_again(
        &self,
        run: &Run<R::Cloud>,
        patience: &mut Patience,
    ) -> Result<Option<R::Actual>, Stop> {
        loop {
            match self.observe(&run.cloud).await {
                Ok(actual) => {
                    self.remember(Seen::Looked(actual.clone()));
                    return Ok(actual);
                }
                Err(fault) => run.retry(patience, fault, Phase::Observe).await?,
            }
        }
    }

    async fn known_or_look(
        &self,
        run: &Run<R::Cloud>,
        patience: &mut Patience,
    ) -> Result<Option<R::Actual>, Stop> {
        match self.seen() {
            Seen::Looked(actual) => Ok(actual),
            Seen::NotYet => self.look_again(run, patience).await,
        }
    }

    pub(crate) async fn settle_until_nothing_differs(
        &self,
        run: &Run<R::Cloud>,
        replace: bool,
    ) -> Result<Outcome, Failure> {
        self.settle_or_stop(run, replace).await.or_else(|stop| stop.into_result(self.name))
    }

    async fn settle_or_stop(&self, run: &Run<R::Cloud>, replace: bool) -> Result<Outcome, Stop> {
        let mut course = Course { patience: Patience::new(self.name), stuck: Stuck::default(), made: false };
        let mut actual = self.known_or_look(run, &mut course.patience).await?;
        let desired = self.desired(&run.outputs).ok_or_else(|| {
            let why = "it was started before its inputs were known".to_owned();
            Stop::Failed(Phase::Converge, Problem::Broken(why))
        })?;
        let mut outcome = if actual.is_some() { Outcome::Unchanged } else { Outcome::Created };
        loop {
            if let Some(there) = &actual {
                self.announce(run, &desired, there);
                match self.next(&desired, there, &mut course.stuck)? {
                    Next::Wait(wait) => {
                        run.wait(&mut course.patience, &wait, Phase::Converge).await?;
                        actual = self.look_again(run, &mut course.patience).await?;
                        continue;
                    }
                    Next::LookAgain(pause) => {
                        run.pause(pause).await;
                        actual = self.look_again(run, &mut course.patience).await?;
                        continue;
                    }
                    Next::Rest => {
                        return self.rest(run, &mut course.patience, there.clone(), outcome).await;
                    }
                    Next::Replace(changes) if matches!(outcome, Outcome::Unchanged) => {
                        if !replace {
                            return Err(Stop::Failed(Phase::Converge, Problem::BeyondApproval(changes)));
                        }
                        self.remove_or_stop(run).await?;
                        outcome = Outcome::Replaced;
                        actual = None;
                    }
                    Next::Replace(_) | Next::Push => {
                        self.check_ownership(run, there, &course)?;
                        if matches!(outcome, Outcome::Unchanged) {
                            outcome = Outcome::Updated;
                        }
                    }
                }
            }
            run.proceed()?;
            actual = self.push(run, &mut course, &desired, actual.as_ref()).await?;
        }
    }

    /// What has to happen next to a thing that is there.
    fn next(&self, desired: &R::Desired, there: &R::Actual, stuck: &mut Stuck) -> Result<Next, Stop> {
        match self.resource.status(there) {
            Status::Failed(why) => return Err(Stop::Failed(Phase::Converge, Problem::Broken(why))),
            Status::Busy(wait) => return Ok(Next::Wait(wait)),
            Status::Ready | Status::Settling(_) => {}
        }
        let changes = self.resource.diff(desired, Some(there));
        if changes.is_empty() {
            Ok(Next::Rest)
        } else if changes.iter().any(|change| change.replaces) {
            Ok(Next::Replace(changes))
        } else {
            stuck.after(changes)
        }
    }

    /// One push, and what is known to be there after it.
    async fn push(
        &self,
        run: &Run<R::Cloud>,
        course: &mut Course,
        desired: &R::Desired,
        actual: Option<&R::Actual>,
    ) -> Result<Option<R::Actual>, Stop> {
        let result = {
            let mut memory = self.memory.lock().await;
            self.resource.converge(&run.cloud, &mut memory, desired, actual).await
        };
        let pushed = match result {
            Ok(pushed) => pushed,
            Err(fault) => {
                run.retry(&mut course.patience, fault, Phase::Converge).await?;
                // Of course nothing changed: how long this may go on is a matter of patience.
                course.stuck = Stuck::default();
                return self.look_again(run, &mut course.patience).await;
            }
        };
        course.made |= actual.is_none();
        course.patience = Patience::new(self.name);
        match pushed {
            Pushed::Now(now) => {
                self.remember(Seen::Looked(Some(now.clone())));
                Ok(Some(now))
            }
            Pushed::Look => self.look_again(run, &mut course.patience).await,
        }
    }

    /// Lets whoever only needs it to exist go on, once no push will change any more what they get to know of it.
    fn announce(&self, run: &Run<R::Cloud>, desired: &R::Desired, actual: &R::Actual) {
        let certain = self.resource.foresee(desired, Some(actual)).is_some();
        let Some(output) = self.resource.output(actual).filter(|_| certain) else {
            return;
        };
        self.publish(&run.outputs, Some(output));
        // The walk has ended when nobody listens any more; then nobody waits for this either.
        let _ = run.milestones.send((self.index, Reached::Early));
    }

    fn check_ownership(&self, run: &Run<R::Cloud>, actual: &R::Actual, course: &Course) -> Result<(), Stop> {
        match self.resource.ownership(actual) {
            Ownership::Foreign(what) if !run.adopt && !course.made => {
                Err(Stop::Failed(Phase::Converge, Problem::Foreign(what)))
            }
            _ => Ok(()),
        }
    }

    /// Nothing differs any more: a new thing may still have to get ready.
    async fn rest(
        &self,
        run: &Run<R::Cloud>,
        patience: &mut Patience,
        mut actual: R::Actual,
        outcome: Outcome,
    ) -> Result<Outcome, Stop> {
        let made = matches!(outcome, Outcome::Created | Outcome::Replaced);
        while let Status::Settling(wait) = self.resource.status(&actual) {
            if !made || run.waits == Waits::No {
                return Ok(if made { Outcome::Left(wait.reason) } else { outcome });
            }
            run.wait(patience, &wait, Phase::Converge).await?;
            match self.look_again(run, patience).await? {
                Some(now) => actual = now,
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
        let mut patience = Patience::new(self.name);
        let mut actual = self.known_or_look(run, &mut patience).await?;
        while let Some(there) = actual {
            if let Ownership::Foreign(what) = self.resource.ownership(&there) {
                return Err(Stop::Failed(Phase::Delete, Problem::Foreign(what)));
            }
            if self.resource.detached(&there) {
                let _ = run.milestones.send((self.index, Reached::Early));
            }
            run.proceed()?;
            let result = {
                let mut memory = self.memory.lock().await;
                self.resource.delete(&run.cloud, &mut memory, &there).await
            };
            match result {
                Ok(Removed::Gone) => break,
                Ok(Removed::Look) => {}
                Ok(Removed::Waiting(wait)) if run.waits == Waits::No => {
                    return Ok(Outcome::Left(wait.reason));
                }
                Ok(Removed::Waiting(wait)) => run.wait(&mut patience, &wait, Phase::Delete).await?,
                Err(fault) => run.retry(&mut patience, fault, Phase::Delete).await?,
            }
            actual = self.look_again(run, &mut patience).await?;
        }
        self.remember(Seen::Looked(None));
        Ok(Outcome::Deleted)
    }
}

/// How a node's loop is getting on.
struct Course {
    patience: Patience,
    stuck: Stuck,
    /// By this run, with an answer to show for it: whose it is need not be asked.
    made: bool,
}

/// See [`Entry::next`].
enum Next {
    Rest,
    Wait(Wait),
    /// The last push succeeded and left the same difference: the read may only have been stale.
    LookAgain(Duration),
    Push,
    Replace(Vec<Change>),
}

/// Notices when a push that succeeded left the same difference behind.
#[derive(Default)]
struct Stuck {
    last: Vec<Change>,
    times: u32,
}

impl Stuck {
    fn after(&mut self, changes: Vec<Change>) -> Result<Next, Stop> {
        if self.last != changes {
            *self = Self { last: changes, times: 0 };
            return Ok(Next::Push);
        }
        self.times += 1;
        if self.times > 2 * PUSHES_WITHOUT_PROGRESS {
            return Err(Stop::Failed(Phase::Converge, Problem::Unsettled(changes)));
        }
        // One more look before every further push.
        let looks = self.times % 2 == 1;
        Ok(if looks { Next::LookAgain(Cadence::PROPAGATION.pause(self.times / 2, "")) } else { Next::Push })
    }
}
