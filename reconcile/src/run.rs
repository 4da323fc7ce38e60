//! The context that all nodes of a run share: waiting, retrying and cancellation.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::mpsc::UnboundedSender, time::Instant};

use crate::{
    backoff::Backoff,
    event::{Event, Observer},
    fault::{Class, Fault},
    halt::{Halt, HaltReason},
    inputs::{Outputs, Reached},
    report::{Failure, Outcome, Phase, Problem},
    resource::Wait,
};

/// Whether to wait until new resources are ready and deleted ones are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    Yes,
    No,
}

/// The creation time of each node that this engine created. The verification reads the resources that the walk created.
pub(crate) type CreationTimes = Mutex<BTreeMap<usize, Instant>>;

/// The context that all nodes of a run share.
pub(crate) struct Run<C> {
    pub(crate) cloud: Arc<C>,
    pub(crate) outputs: Arc<Outputs>,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) halt: Halt,
    pub(crate) waits: Waits,
    pub(crate) adopt: bool,
    pub(crate) created: Arc<CreationTimes>,
    pub(crate) milestones: UnboundedSender<(usize, Reached)>,
}

/// The reason for which a node's loop ended early.
pub(crate) enum Stop {
    Halted,
    Failed(Phase, Problem),
}

impl Stop {
    pub(crate) fn into_result(self, node: &'static str) -> Result<Outcome, Failure> {
        match self {
            Self::Halted => Ok(Outcome::Halted),
            Self::Failed(phase, problem) => Err(Failure { node, phase, problem }),
        }
    }
}

/// A counter of consecutive delays for the same reason. A new reason starts over.
pub(crate) struct Delays {
    node: &'static str,
    reason: String,
    since: Instant,
    attempt: u32,
}

impl Delays {
    pub(crate) fn new(node: &'static str) -> Self {
        Self { node, reason: String::new(), since: Instant::now(), attempt: 0 }
    }

    /// Returns the next delay for `reason`, or `None` after the backoff's timeout.
    fn next(&mut self, reason: &str, backoff: Backoff) -> Option<Duration> {
        if self.reason != reason {
            *self = Self { reason: reason.to_owned(), ..Self::new(self.node) };
        }
        let delay = backoff.delay(self.attempt, self.node);
        self.attempt += 1;
        (self.since.elapsed() <= backoff.timeout).then_some(delay)
    }
}

/// How long the permissions of a new resource may take to propagate.
const PERMISSIONS_PROPAGATE: Duration = Duration::from_secs(30);

impl<C> Run<C> {
    pub(crate) fn record_creation(&self, node: usize) {
        self.created.lock().unwrap_or_else(PoisonError::into_inner).insert(node, Instant::now());
    }

    /// Whether this run created one of the nodes so recently that its permissions may still propagate.
    pub(crate) fn has_just_created(&self, mut nodes: impl Iterator<Item = usize>) -> bool {
        let created = self.created.lock().unwrap_or_else(PoisonError::into_inner);
        nodes.any(|node| created.get(&node).is_some_and(|at| at.elapsed() < PERMISSIONS_PROPAGATE))
    }

    /// Returns an error if the run was canceled.
    pub(crate) fn check_halt(&self) -> Result<(), Stop> {
        if self.halt.reason().is_some() { Err(Stop::Halted) } else { Ok(()) }
    }

    /// Sleeps for `delay`, or until the run is canceled.
    #[expect(clippy::disallowed_methods, reason = "the engine is the one place that waits")]
    pub(crate) async fn sleep(&self, delay: Duration) {
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            _ = self.halt.halted() => {}
        }
    }

    /// Sleeps before the resource is observed again, because it asked to wait.
    pub(crate) async fn wait(&self, delays: &mut Delays, wait: &Wait, phase: Phase) -> Result<(), Stop> {
        if delays.reason != wait.reason {
            self.observer.on(Event::Waiting { node: delays.node, reason: wait.reason.clone() });
        }
        let timed_out = || Stop::Failed(phase, Problem::TimedOut(wait.reason.clone()));
        let delay = delays.next(&wait.reason, wait.backoff).ok_or_else(timed_out)?;
        self.sleep(delay).await;
        self.check_halt()
    }

    /// Cancels the run because its credentials were rejected. Returns whether another node has done so already, so that
    /// only one failure is reported.
    fn is_rejected_already(&self) -> bool {
        !self.halt.set(HaltReason::CredentialsRejected)
            && self.halt.reason() == Some(HaltReason::CredentialsRejected)
    }

    /// Sleeps before a failed call is repeated, or returns an error if repeating it cannot help.
    pub(crate) async fn retry(&self, delays: &mut Delays, fault: Fault, phase: Phase) -> Result<(), Stop> {
        if fault.class == Class::Credentials && self.is_rejected_already() {
            return Err(Stop::Halted);
        }
        let delay = fault.class.backoff().and_then(|backoff| delays.next(class_name(fault.class), backoff));
        let Some(delay) = delay else {
            return Err(Stop::Failed(phase, Problem::Fault(fault)));
        };
        let error = fault.to_string();
        self.observer.on(Event::Retrying { node: delays.node, class: fault.class, error, delay });
        self.sleep(delay).await;
        self.check_halt()
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
