//! The outcome of a run for each node.

use std::fmt;

use crate::{change::Change, fault::Fault};

/// The outcome of one node.
#[derive(Debug, Clone)]
pub enum Outcome {
    Unchanged,
    Created,
    Updated,
    Replaced,
    Deleted,
    /// Still in progress when the run ended. The text completes "waiting for …".
    InProgress(String),
    Failed(Failure),
    /// Not started, because that node failed.
    Skipped {
        because: &'static str,
    },
    /// Canceled.
    Halted,
}

/// The failure of one node.
#[derive(Debug, Clone)]
pub struct Failure {
    pub node: &'static str,
    pub phase: Phase,
    pub problem: Problem,
}

/// The step in which a node failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Observe,
    Converge,
    Delete,
    Verify,
}

/// The cause of a failure.
#[derive(Debug, Clone)]
pub enum Problem {
    Fault(Fault),
    /// These fields still differ after repeated pushes.
    StillDiffers(Vec<Change>),
    /// The resource reports a failure.
    Broken(String),
    /// The text completes "timed out waiting for …".
    TimedOut(String),
    /// The resource must now be replaced, which was not approved.
    NotApproved(Vec<Change>),
    /// The resource has our name but not our tags.
    Foreign(String),
    /// The run was canceled before the resource could be observed.
    Canceled,
}

/// The outcome of a run.
#[derive(Debug, Clone)]
pub struct Report {
    pub nodes: Vec<(&'static str, Outcome)>,
}

impl Report {
    pub fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.nodes.iter().filter_map(|(_, outcome)| match outcome {
            Outcome::Failed(failure) => Some(failure),
            _ => None,
        })
    }

    pub fn halted(&self) -> bool {
        self.nodes.iter().any(|(_, outcome)| matches!(outcome, Outcome::Halted))
    }

    /// Returns whether every node finished successfully.
    pub fn complete(&self) -> bool {
        !self.nodes.iter().any(|(_, outcome)| {
            matches!(
                outcome,
                Outcome::Failed(_) | Outcome::Skipped { .. } | Outcome::Halted | Outcome::InProgress(_)
            )
        })
    }

    pub fn outcome(&self, node: &str) -> Option<&Outcome> {
        self.nodes.iter().find(|(name, _)| *name == node).map(|(_, outcome)| outcome)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.phase {
            Phase::Observe => "read",
            Phase::Converge => "set up",
            Phase::Delete => "delete",
            Phase::Verify => "verify",
        };
        write!(f, "failed to {verb} the {}", self.node)
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.problem)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields =
            |changes: &[Change]| changes.iter().map(|c| c.field.as_str()).collect::<Vec<_>>().join(", ");
        match self {
            Self::Fault(fault) => fault.fmt(f),
            Self::StillDiffers(changes) => {
                write!(f, "still different after it was written: {}", fields(changes))
            }
            Self::Broken(why) => f.write_str(why),
            Self::TimedOut(what) => write!(f, "timed out waiting for {what}"),
            Self::NotApproved(changes) => {
                write!(f, "it must now be replaced ({}), which was not approved", fields(changes))
            }
            Self::Foreign(what) => f.write_str(what),
            Self::Canceled => f.write_str("the run was canceled before it was read"),
        }
    }
}

impl std::error::Error for Problem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Fault(fault) => Some(fault).and_then(std::error::Error::source),
            _ => None,
        }
    }
}
