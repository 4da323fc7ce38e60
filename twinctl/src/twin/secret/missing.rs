//! A key that a deploy needs, and that only the owner can bring.

use reconcile::Plan;

use crate::ui::{Diagnostic, Exit};

/// The node of the API key, on both targets.
pub(crate) const KEY_NODE: &str = "openai key";
/// The field of that node that is missing until the owner stores a key.
pub(crate) const KEY_FIELD: &str = "key";

/// Without it a plan is not begun.
pub(crate) fn missing(plan: &Plan, environment: &str) -> Option<Diagnostic> {
    let planned = plan.nodes.iter().find(|planned| planned.node == KEY_NODE)?;
    let missing = planned.changes.iter().any(|change| change.field == KEY_FIELD);
    missing.then(|| {
        let message = "nothing was changed, because the key of the model's server is missing";
        Diagnostic::new(Exit::Failed, message)
            .hint(format!("store it with `twinctl secret set {environment} openai`, then deploy again"))
    })
}
