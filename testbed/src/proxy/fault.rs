//! Faults, and the calls that they apply to.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use super::Call;

/// Selects the calls that a fault applies to.
#[derive(Clone, Debug)]
pub enum Selector {
    /// The call with this number, starting at 1.
    Nth(usize),
    /// Signed calls from this number on.
    From(usize),
    /// The first calls of an operation, named as in [`Call::operation`].
    First { count: usize, operation: String },
    /// The first calls of an operation after another operation has been called.
    FirstAfter { count: usize, operation: String, other: String, has_begun: bool },
}

impl Selector {
    pub fn first(count: usize, operation: &str) -> Self {
        Self::First { count, operation: operation.to_owned() }
    }

    pub fn first_after(other: &str, count: usize, operation: &str) -> Self {
        Self::FirstAfter { count, operation: operation.to_owned(), other: other.to_owned(), has_begun: false }
    }

    /// Returns whether the fault applies, and counts down the calls of the first ones.
    fn matches(&mut self, call: &Call) -> bool {
        match self {
            Self::Nth(number) => *number == call.number,
            Self::From(number) => *number <= call.number && !call.service.is_empty(),
            Self::First { count, operation } => {
                let matches = *count > 0 && *operation == call.operation;
                *count -= usize::from(matches);
                matches
            }
            Self::FirstAfter { count, operation, other, has_begun } => {
                let matches = *has_begun && *count > 0 && *operation == call.operation;
                *has_begun |= *other == call.operation;
                *count -= usize::from(matches);
                matches
            }
        }
    }
}

/// Whether a call fails before or after the service has executed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timing {
    BeforeEffect,
    AfterEffect,
}

#[derive(Clone, Debug)]
pub(super) enum Fault {
    Lose(Timing),
    Hold(Timing, Notifier),
    Refuse { status: u16, code: String },
    Edit(Edit),
}

/// A change of the body of a response.
#[derive(Clone)]
pub(super) struct Edit(pub(super) Arc<dyn Fn(&str) -> String + Send + Sync>);

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Edit")
    }
}

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) which: Selector,
    pub(super) fault: Fault,
}

impl Rule {
    pub(super) fn fault_for(&mut self, call: &Call) -> Option<Fault> {
        self.which.matches(call).then(|| self.fault.clone())
    }
}

/// Notifies the test of the first held call.
#[derive(Clone, Debug)]
pub(super) struct Notifier(Arc<Mutex<Option<oneshot::Sender<Call>>>>);

impl Notifier {
    pub(super) fn channel() -> (Self, oneshot::Receiver<Call>) {
        let (sender, receiver) = oneshot::channel();
        (Self(Arc::new(Mutex::new(Some(sender)))), receiver)
    }

    pub(super) fn notify(&self, call: &Call) {
        let sender = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(sender) = sender {
            // The test may have stopped waiting.
            let _ = sender.send(call.clone());
        }
    }
}
