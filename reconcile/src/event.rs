//! What happens during a run, free of any presentation.

use std::time::Duration;

use crate::{Action, Class, Outcome};

/// One thing that happened. `node` is the name given in the stack.
#[derive(Debug, Clone)]
pub enum Event {
    /// All nodes are being looked at.
    Observing {
        nodes: usize,
    },
    Observed {
        node: &'static str,
    },
    Started {
        node: &'static str,
        action: Action,
    },
    /// Nothing to push: somebody else's work has to finish first.
    Waiting {
        node: &'static str,
        reason: String,
    },
    /// A call failed in a way that passes.
    Retrying {
        node: &'static str,
        class: Class,
        error: String,
        pause: Duration,
    },
    /// How far a long push has come.
    Progress {
        node: &'static str,
        text: String,
    },
    Finished {
        node: &'static str,
        outcome: Outcome,
        took: Duration,
    },
    /// Everything is looked at once more.
    Verifying {
        nodes: usize,
    },
    Verified,
}

/// Whoever shows or records what happens.
pub trait Observer: Send + Sync {
    fn on(&self, event: Event);
}

/// Shows nothing.
#[derive(Debug)]
pub struct Silent;

impl Observer for Silent {
    fn on(&self, _event: Event) {}
}
