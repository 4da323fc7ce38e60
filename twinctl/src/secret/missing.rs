//! A key that a deploy needs, and that only the owner can bring.

use reconcile::Plan;

use crate::{diagnostic::Diagnostic, exit::Exit, resources::secret::KEY, stack::OPENAI_KEY};

/// Without it a plan is not begun.
pub(crate) fn missing(plan: &Plan, environment: &str) -> Option<Diagnostic> {
    let planned = plan.nodes.iter().find(|planned| planned.node == OPENAI_KEY)?;
    let missing = planned.changes.iter().any(|change| change.field == KEY);
    missing.then(|| {
        let message = "nothing was changed, because the key of the model's server is missing";
        Diagnostic::new(Exit::Failed, message)
            .hint(format!("store it with `twinctl secret set {environment} openai`, then deploy again"))
    })
}
