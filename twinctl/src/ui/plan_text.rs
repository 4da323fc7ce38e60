//! A plan as text and as Markdown.

use std::time::Duration;

use reconcile::{Action, Plan};

mod fields;
mod group;
mod markdown;
mod text;

pub(crate) use self::markdown::{Fitted, markdown};
pub use self::text::render;

/// A plan and the text around it.
#[derive(Debug)]
pub struct PlanView<'p> {
    /// The environment: `twin/dev · eu-west-1 · account 123456789012`.
    pub title: String,
    pub plan: &'p Plan,
    /// Additional notes.
    pub notes: Vec<String>,
    pub took: Duration,
    pub verb: Verb,
    /// Whether all fields are shown, instead of one line for each resource to create.
    pub details: bool,
}

impl PlanView<'_> {
    /// Whether the view is about an environment that is not deployed. Its missing resources are not listed.
    fn is_of_absent(&self) -> bool {
        self.verb == Verb::Status && is_absent(self.plan)
    }
}

/// Returns whether none of the resources exists.
pub(crate) fn is_absent(plan: &Plan) -> bool {
    plan.nodes.iter().all(|planned| matches!(planned.action, Action::Create | Action::Absent))
}

/// The purpose of the plan, which determines the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Deploy,
    Rollback,
    Destroy,
    Status,
    /// Upload of data files. The fields are the files, so more of them are shown.
    Upload,
}

#[cfg(test)]
mod tests;
