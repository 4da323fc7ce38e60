//! The cancellation of a run, be it by Ctrl-C, a lost lease or rejected credentials.

use std::sync::Arc;

use tokio::sync::watch;

/// The reason for which a run is canceled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HaltReason {
    Interrupted,
    LeaseLost,
    /// The cloud no longer accepts the credentials.
    CredentialsRejected,
}

/// A cancellation flag that is set once. Calls in flight finish; no new write is started.
#[derive(Debug, Clone)]
pub struct Halt(Arc<watch::Sender<Option<HaltReason>>>);

impl Default for Halt {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

impl Halt {
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels the run. Returns whether this was the first reason, which is the one that is kept.
    pub fn set(&self, reason: HaltReason) -> bool {
        self.0.send_if_modified(|current| {
            let first = current.is_none();
            current.get_or_insert(reason);
            first
        })
    }

    pub fn reason(&self) -> Option<HaltReason> {
        *self.0.borrow()
    }

    /// Waits until the run is canceled.
    pub async fn halted(&self) -> HaltReason {
        let mut receiver = self.0.subscribe();
        loop {
            if let Some(reason) = *receiver.borrow_and_update() {
                return reason;
            }
            if receiver.changed().await.is_err() {
                // Unreachable, because `self` owns the sender. Waiting forever would be harmless.
                std::future::pending::<()>().await;
            }
        }
    }
}
