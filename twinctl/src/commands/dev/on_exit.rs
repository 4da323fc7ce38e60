//! Whether `twinctl dev` stops the local twin when it ends.

use serde_json::json;

use crate::{
    spec::Environment,
    targets::local::gateway::{ControlClient, ControlError, TwinFolder},
    ui::{Diagnostic, Ui},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnExit {
    Stop,
    /// The twin ran before `twinctl dev` or is a service, so it keeps running.
    KeepRunning,
}

impl OnExit {
    /// Decides before the first deploy, which may start the twin.
    pub(super) fn of(folder: &TwinFolder, environment: &Environment) -> Self {
        let keeps_running = ControlClient::find(folder).is_ok() || environment.local.service == Some(true);
        if keeps_running { Self::KeepRunning } else { Self::Stop }
    }

    /// Stops a twin that `twinctl dev` started, after its open requests are answered.
    pub(super) async fn apply(self, folder: &TwinFolder, ui: &Ui) -> Result<(), Diagnostic> {
        let control = match ControlClient::find(folder) {
            Err(ControlError::NotRunning) => None,
            found => Some(found.map_err(|error| failed(&error))?),
        };
        let runs = control.is_some() && self == Self::KeepRunning;
        if runs {
            ui.say("the twin keeps running, as it did before");
        } else if let Some(control) = control {
            ui.say("stopping the twin; its conversations and files are kept");
            control.stop().await.map_err(|error| failed(&error))?;
        }
        ui.object("ended", json!({ "runs": runs }));
        Ok(())
    }
}

fn failed(error: &ControlError) -> Diagnostic {
    Diagnostic::unexpected("could not stop the twin", error)
}
