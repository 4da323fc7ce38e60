//! The machine that a local twin runs on, as its resources see it.

use std::path::PathBuf;

use reconcile::{Class, Fault};

use crate::{
    system::host,
    targets::local::gateway::{Control, ControlError, DoorStatus, Place, Refusal, Secrets},
};

/// What the resources of the local target work with.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) place: Place,
    /// What the process gets to know and no file does.
    pub(crate) secrets: Secrets,
    /// This twinctl, which the front door runs as well.
    pub(crate) executable: PathBuf,
    pub(crate) program: String,
}

impl Machine {
    pub(crate) fn new(place: Place, secrets: Secrets) -> Self {
        let (executable, program) = host::program();
        Self { place, secrets, executable, program }
    }

    /// The front door that runs.
    pub(crate) fn control(&self) -> Result<Option<Control>, Fault> {
        match Control::find(&self.place) {
            Ok(control) => Ok(Some(control)),
            Err(ControlError::NotRunning) => Ok(None),
            Err(error) => Err(fault(error)),
        }
    }

    /// What the front door says; `None` when none runs.
    pub(crate) async fn status(&self) -> Result<Option<DoorStatus>, Fault> {
        let Some(control) = self.control()? else { return Ok(None) };
        match control.status().await {
            Ok(status) => Ok(Some(status)),
            Err(ControlError::NotRunning) => Ok(None),
            Err(error) => Err(fault(error)),
        }
    }

    /// Has the front door read its files again.
    pub(crate) async fn reload(&self) -> Result<DoorStatus, Fault> {
        let control = self.control()?.ok_or_else(|| fault(ControlError::NotRunning))?;
        control.reload(self.secrets.clone()).await.map_err(fault)
    }
}

/// What the front door's answer means for the engine. A door that died a moment ago is made anew by the next push.
pub(crate) fn fault(error: ControlError) -> Fault {
    let class = match &error {
        ControlError::NotRunning => Class::Stale,
        ControlError::NotAnswering { .. } => Class::Unavailable,
        ControlError::Refused(_) | ControlError::Place(_) => Class::Refused,
    };
    match error {
        ControlError::Refused(Refusal { reason, log }) if !log.is_empty() => {
            Fault::new(class, format!("{reason}; its last words:\n{}", log.join("\n")))
        }
        error => Fault::new(class, error),
    }
}
