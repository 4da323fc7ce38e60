//! Resources that a run takes over from another tool, or gives back.

use reconcile::HaltReason;

use super::{Session, stopped};
use crate::{
    run::lock::Lease,
    targets::{Target, record::LARGEST_ADOPTED},
    ui::{Diagnostic, Exit, Ui},
};

impl<T: Target> Session<T> {
    /// Records the resources that this run takes over as they are, before it changes them.
    pub(crate) async fn record_adopted(&self, lease: &Lease, command: &str) -> Result<(), Diagnostic> {
        let mut adopted = lease.record().adopted.clone();
        let new: Vec<_> = self.engine.unowned().filter(|node| !adopted.contains_key(*node)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let former = self.target.former(&new).await;
        adopted.extend(former.map_err(|fault| {
            Diagnostic::fault("the settings of the existing resources could not be read", &fault)
        })?);
        if serde_json::to_string(&adopted).is_ok_and(|json| json.len() > LARGEST_ADOPTED) {
            let message = "the policies and tags of the existing resources are too large to be recorded; nothing was changed";
            return Err(Diagnostic::new(Exit::Failed, message)
                .hint("remove what is not needed from the policies, or take over fewer resources"));
        }
        match lease.record_adopted(&adopted).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(stopped(HaltReason::LeaseLost, command)),
            Err(fault) => Err(Diagnostic::fault("could not write the environment's record", &fault)),
        }
    }

    /// Restores the resources that were taken over, as far as `wanted` selects their nodes.
    pub(crate) async fn give_back(&self, wanted: impl Fn(&str) -> bool, ui: &Ui) -> Result<(), Diagnostic> {
        let adopted = self.record().map(|record| &record.adopted).into_iter().flatten();
        for (node, former) in adopted.filter(|(node, _)| wanted(node)) {
            let restored = self.target.give_back(node, former).await;
            restored.map_err(|fault| {
                Diagnostic::fault(&format!("the {node} `{}` could not be returned", former.id), &fault)
            })?;
            ui.say(&format!("gave back the {node} `{}`", former.id));
        }
        Ok(())
    }
}
