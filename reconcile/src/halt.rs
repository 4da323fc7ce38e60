//! The one way to stop a run: Ctrl-C, a lost lease and credentials that ended are the same cancellation.

use std::sync::Arc;

use tokio::sync::watch;

/// Why a run stops before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HaltReason {
    Interrupted,
    LeaseLost,
    /// The cloud does not accept the credentials any more.
    LockedOut,
}

/// A switch that is thrown once. What runs finishes its call; nothing new is written.
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

    /// Throws the switch. The first reason stays; whether it was this one.
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

    /// Resolves when the switch is thrown.
    pub async fn halted(&self) -> HaltReason {
        let mut receiver = self.0.subscribe();
        loop {
            if let Some(reason) = *receiver.borrow_and_update() {
                return reason;
            }
            if receiver.changed().await.is_err() {
                // The sender lives in `self`, so this cannot happen; waiting for ever is the harmless answer.
                std::future::pending::<()>().await;
            }
        }
    }
}
