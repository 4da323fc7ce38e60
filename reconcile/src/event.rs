//! Events of a run, without any presentation.

use std::time::Duration;

use crate::{fault::Class, plan::Action, report::Outcome};

/// An event of a run. `node` is the name under which the node was added to the graph.
#[derive(Debug, Clone)]
pub enum Event {
    /// The engine reads the actual state of all nodes.
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
    /// The node waits for a process in the cloud before it can go on.
    Waiting {
        node: &'static str,
        reason: String,
    },
    /// A call failed and will be repeated.
    Retrying {
        node: &'static str,
        class: Class,
        error: String,
        delay: Duration,
    },
    /// The progress of a long push.
    Progress {
        node: &'static str,
        text: String,
    },
    Finished {
        node: &'static str,
        outcome: Outcome,
        took: Duration,
    },
    /// The engine reads all nodes again to verify the run.
    Verifying {
        nodes: usize,
    },
    Verified,
}

/// A receiver of events.
pub trait Observer: Send + Sync {
    fn on(&self, event: Event);
}

/// An observer that ignores all events.
#[derive(Debug)]
pub struct Silent;

impl Observer for Silent {
    fn on(&self, _event: Event) {}
}
