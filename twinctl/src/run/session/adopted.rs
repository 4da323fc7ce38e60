//! Resources that a run takes over from another tool, or releases.

use reconcile::HaltReason;

use super::{Session, stopped};
use crate::{
    run::lock::Lease,
    targets::{
        Target,
        record::{Former, LARGEST_ADOPTED},
    },
    twin::store::with_retries,
    ui::{Diagnostic, Exit, Ui, to_continue},
};

impl<T: Target> Session<T> {
    /// Records the resources that this run takes over as they are, before it changes them.
    pub(crate) async fn record_adopted(&self, lease: &Lease, command: &str) -> Result<(), Diagnostic> {
        let known = &lease.record().adopted;
        let unowned: Vec<_> = self.engine.unowned().collect();
        if unowned.is_empty() {
            return Ok(());
        }
        let found = self.target.former(&unowned).await.map_err(|fault| {
            Diagnostic::fault("could not read the settings of the existing resources", &fault)
        })?;
        let is_other =
            |(node, found): &(&String, &Former)| known.get(*node).is_some_and(|known| known.id != found.id);
        if let Some((node, found)) = found.iter().find(is_other) {
            let message =
                format!("another {node} than `{}` was taken over before; nothing was changed", found.id);
            let name = &self.environment.name;
            return Err(Diagnostic::new(Exit::Environment, message)
                .hint(format!("run `twinctl unadopt {name}` first to release it")));
        }
        let mut adopted = found;
        adopted.extend(known.clone());
        if adopted == *known {
            return Ok(());
        }
        if serde_json::to_string(&adopted).is_ok_and(|json| json.len() > LARGEST_ADOPTED) {
            let message = "the policies and tags of the existing resources are too large to be recorded; nothing was changed";
            return Err(Diagnostic::new(Exit::Failed, message)
                .hint("remove unused statements from the policies, or take over fewer resources"));
        }
        match lease.record_adopted(&adopted).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(stopped(HaltReason::LeaseLost, &to_continue(command))),
            Err(fault) => Err(Diagnostic::fault("could not write the environment's record", &fault)),
        }
    }

    /// Restores the resources that were taken over, as far as `wanted` selects their nodes.
    pub(crate) async fn give_back(
        &self,
        wanted: impl Fn(&str) -> bool,
        is_online: bool,
        ui: &Ui,
    ) -> Result<(), Diagnostic> {
        let adopted = self.record().map(|record| &record.adopted).into_iter().flatten();
        let mut failed: Option<Diagnostic> = None;
        for (node, former) in adopted.filter(|(node, _)| wanted(node)) {
            let restored =
                with_retries(node, async || self.target.give_back(node, former, is_online).await).await;
            match restored {
                Ok(left) => {
                    ui.say(&format!("released the {node} `{}`", former.id));
                    for note in left {
                        ui.warn(&note);
                    }
                }
                Err(fault) => {
                    let message = format!("could not release the {node} `{}`", former.id);
                    failed = Some(match failed {
                        None => Diagnostic::fault(&message, &fault),
                        Some(first) => first.cause(format!("{message}: {fault}")),
                    });
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }
}
