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

    /// Asks a twin that `twinctl dev` started to stop, after its open requests are answered.
    pub(super) async fn begin(self, folder: &TwinFolder, ui: &Ui) -> Result<Ending, Diagnostic> {
        let control = match ControlClient::find(folder) {
            Err(ControlError::NotRunning) => None,
            found => Some(found.map_err(|error| failed(&error))?),
        };
        let runs = control.is_some() && self == Self::KeepRunning;
        if runs {
            ui.say("the twin keeps running, as it did before");
        } else if let Some(control) = &control {
            ui.say("stopping the twin; its conversations and files are kept");
            control.begin_stop().await.map_err(|error| failed(&error))?;
        }
        Ok(Ending { stopping: control.filter(|_| !runs), runs })
    }
}

/// The end of `twinctl dev`, after the twin was asked to stop.
pub(super) struct Ending {
    stopping: Option<ControlClient>,
    /// The twin keeps running.
    runs: bool,
}

impl Ending {
    pub(super) async fn wait(&self, ui: &Ui) -> Result<(), Diagnostic> {
        if let Some(control) = &self.stopping {
            control.wait_for_exit().await.map_err(|error| failed(&error))?;
        }
        ui.object("ended", json!({ "runs": self.runs }));
        Ok(())
    }
}

fn failed(error: &ControlError) -> Diagnostic {
    Diagnostic::unexpected("could not stop the twin", error)
}
