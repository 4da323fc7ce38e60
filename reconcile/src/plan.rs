//! The plan of a run: plain data that can be printed, compared and approved.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::change::Change;

/// The planned action for each node, in the order of the graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    pub nodes: Vec<Planned>,
}

/// The planned action for one node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Planned {
    pub node: &'static str,
    /// The name of the resource in the cloud, if it has one.
    pub physical_name: Option<String>,
    pub action: Action,
    pub changes: Vec<Change>,
    /// Nodes whose outputs must be known before the changes are complete.
    pub after: Vec<&'static str>,
}

/// An action on a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "why", rename_all = "snake_case")]
pub enum Action {
    /// It exists and matches the desired state.
    Keep,
    /// It does not exist and must not exist.
    Absent,
    Create,
    Update,
    /// Delete and recreate. Planned only for nodes in [`Choices::replace`].
    Replace,
    Delete,
    /// It exists and must not exist, but stays for the given reason.
    Leave(String),
    /// It exists, but its desired state is known only after upstream nodes are done.
    Recheck,
    /// It has our name but not our tags.
    Foreign(String),
    /// It cannot be updated in place and is not in [`Choices::replace`].
    NeedsReplacing,
}

/// Decisions of the user that apply to a plan.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    /// Delete everything.
    pub destroy: bool,
    /// Take over resources that have our names but not our tags.
    pub adopt: bool,
    /// Nodes that may be deleted and recreated.
    pub replace: BTreeSet<String>,
    /// Nodes that are not deleted.
    pub keep: BTreeSet<String>,
}

impl Plan {
    /// Returns whether a run would write anything. A node to recheck may turn out to match, but then something upstream
    /// of it changes.
    pub fn changes_anything(&self) -> bool {
        self.nodes
            .iter()
            .any(|planned| !matches!(planned.action, Action::Keep | Action::Absent | Action::Leave(_)))
    }

    /// Returns the nodes that prevent the run.
    pub fn refusals(&self) -> impl Iterator<Item = &Planned> {
        self.nodes
            .iter()
            .filter(|planned| matches!(planned.action, Action::Foreign(_) | Action::NeedsReplacing))
    }

    pub fn action(&self, node: &str) -> Option<&Action> {
        self.nodes.iter().find(|planned| planned.node == node).map(|planned| &planned.action)
    }

    /// Returns whether this plan contains every deletion and replacement that `later` contains.
    pub fn covers(&self, later: &Self) -> bool {
        let destroys = |action: &Action| matches!(action, Action::Replace | Action::Delete);
        later
            .nodes
            .iter()
            .all(|planned| !destroys(&planned.action) || self.action(planned.node) == Some(&planned.action))
    }
}
