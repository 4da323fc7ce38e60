//! How a run ended, node by node.

use std::fmt;

use crate::{Change, Fault};

/// How one node ended.
#[derive(Debug, Clone)]
pub enum Outcome {
    Unchanged,
    Created,
    Updated,
    Replaced,
    Deleted,
    /// Left to finish by itself; the text fits "waiting for …".
    Left(String),
    Failed(Failure),
    /// Never started, because that node failed.
    Skipped {
        because: &'static str,
    },
    /// Stopped before its end.
    Halted,
}

/// Why one node failed.
#[derive(Debug, Clone)]
pub struct Failure {
    pub node: &'static str,
    pub phase: Phase,
    pub problem: Problem,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Observe,
    Converge,
    Delete,
    Verify,
}

#[derive(Debug, Clone)]
pub enum Problem {
    Fault(Fault),
    /// Pushed again and again, and these fields still differ.
    Unsettled(Vec<Change>),
    /// It says itself that it failed.
    Broken(String),
    /// Waited longer than it should ever take; the text fits "waiting for …".
    TimedOut(String),
    /// More than was approved would be needed now.
    BeyondApproval(Vec<Change>),
    /// It has our name and not our tags.
    Foreign(String),
}

/// How a run ended.
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

    /// Every node reached its end, and none was left to finish by itself.
    pub fn complete(&self) -> bool {
        !self.nodes.iter().any(|(_, outcome)| {
            matches!(
                outcome,
                Outcome::Failed(_) | Outcome::Skipped { .. } | Outcome::Halted | Outcome::Left(_)
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
            Phase::Observe => "look at",
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
            Self::Unsettled(changes) => {
                write!(f, "written, but still different: {}", fields(changes))
            }
            Self::Broken(why) => f.write_str(why),
            Self::TimedOut(what) => write!(f, "gave up waiting for {what}"),
            Self::BeyondApproval(changes) => {
                write!(f, "it would have to be replaced now ({}), which was not approved", fields(changes))
            }
            Self::Foreign(what) => f.write_str(what),
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
