//! What a run would do: plain data, to be printed, compared and approved.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::Change;

/// What a run would do, node by node, in the order of the stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    pub nodes: Vec<Planned>,
}

/// What a run would do to one node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Planned {
    pub node: &'static str,
    pub action: Action,
    pub changes: Vec<Change>,
    /// The nodes whose outputs have to be known before more can be said.
    pub after: Vec<&'static str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "why", rename_all = "snake_case")]
pub enum Action {
    /// There, and as wanted.
    Keep,
    /// Not there, and not wanted.
    Absent,
    Create,
    Update,
    /// Deleted, then made anew. Only when the user named it.
    Replace,
    Delete,
    /// There, not wanted, and left alone for the reason given.
    Leave(String),
    /// There, but whether it is as wanted shows only once something upstream is done.
    Recheck,
    /// It has our name and not our tags.
    Foreign(String),
    /// It would have to be replaced, and nobody named it.
    NeedsReplacing,
}

/// What the user decided beforehand.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    /// Nothing is wanted any more.
    pub destroy: bool,
    /// Take over what has our name and not our tags.
    pub adopt: bool,
    /// Nodes that may be deleted and made anew.
    pub replace: BTreeSet<String>,
    /// Nodes that a destroy leaves alone.
    pub keep: BTreeSet<String>,
}

impl Plan {
    /// Whether a run would write anything. A node to be rechecked may turn out to be as wanted, but something
    /// upstream of it changes in any case.
    pub fn changes_anything(&self) -> bool {
        self.nodes
            .iter()
            .any(|planned| !matches!(planned.action, Action::Keep | Action::Absent | Action::Leave(_)))
    }

    /// The nodes that stop the run.
    pub fn refusals(&self) -> impl Iterator<Item = &Planned> {
        self.nodes
            .iter()
            .filter(|planned| matches!(planned.action, Action::Foreign(_) | Action::NeedsReplacing))
    }

    pub fn action(&self, node: &str) -> Option<&Action> {
        self.nodes.iter().find(|planned| planned.node == node).map(|planned| &planned.action)
    }

    /// Whether approving this plan approves at least as much destruction as `later` asks for.
    pub fn covers(&self, later: &Self) -> bool {
        let destroys = |action: &Action| matches!(action, Action::Replace | Action::Delete);
        later
            .nodes
            .iter()
            .all(|planned| !destroys(&planned.action) || self.action(planned.node) == Some(&planned.action))
    }
}
