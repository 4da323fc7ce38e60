//! What is done to a call instead of passing it on and its answer back, and to which one.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use super::Call;

/// Which calls a fault meets.
#[derive(Clone, Debug)]
pub enum Which {
    /// The call with this number; the first is 1.
    Nth(usize),
    /// The signed calls from this number on.
    From(usize),
    /// The first calls of one operation, named as in [`Call::operation`].
    First { count: usize, operation: String },
}

impl Which {
    pub fn first(count: usize, operation: &str) -> Self {
        Self::First { count, operation: operation.to_owned() }
    }

    /// A rule for the first calls counts down.
    fn is_meant(&mut self, call: &Call) -> bool {
        match self {
            Self::Nth(number) => *number == call.number,
            Self::From(number) => *number <= call.number && !call.service.is_empty(),
            Self::First { count, operation } => {
                let meant = *count > 0 && *operation == call.operation;
                *count -= usize::from(meant);
                meant
            }
        }
    }
}

/// Whether the service has carried the call out when it is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    BeforeEffect,
    AfterEffect,
}

#[derive(Clone, Debug)]
pub(super) enum Fault {
    Lose(Moment),
    Hold(Moment, Told),
    Refuse { status: u16, code: String },
    Reword { old: String, new: String },
}

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) which: Which,
    pub(super) fault: Fault,
}

impl Rule {
    pub(super) fn meet(&mut self, call: &Call) -> Option<Fault> {
        self.which.is_meant(call).then(|| self.fault.clone())
    }
}

/// Tells the test about the first call that is held.
#[derive(Clone, Debug)]
pub(super) struct Told(Arc<Mutex<Option<oneshot::Sender<Call>>>>);

impl Told {
    pub(super) fn channel() -> (Self, oneshot::Receiver<Call>) {
        let (sender, receiver) = oneshot::channel();
        (Self(Arc::new(Mutex::new(Some(sender)))), receiver)
    }

    pub(super) fn tell(&self, call: &Call) {
        let sender = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(sender) = sender {
            // A test that no longer listens needs no telling.
            let _ = sender.send(call.clone());
        }
    }
}
