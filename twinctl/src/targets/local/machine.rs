//! The machine that a local twin runs on, as its resources see it.

use std::path::PathBuf;

use reconcile::{Class, Fault};

use crate::{
    system::host,
    targets::local::gateway::{
        ControlClient, ControlError, GatewayError, GatewayStatus, Secrets, TwinFolder,
    },
};

/// What the resources of the local target work with.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) folder: TwinFolder,
    /// What the process gets to know and no file does.
    pub(crate) secrets: Secrets,
    /// This twinctl, which the front door runs as well.
    pub(crate) executable: PathBuf,
    pub(crate) program: String,
}

impl Machine {
    pub(crate) fn new(folder: TwinFolder, secrets: Secrets) -> Self {
        let (executable, program) = host::program();
        Self { folder, secrets, executable, program }
    }

    /// The front door that runs.
    pub(crate) fn control(&self) -> Result<Option<ControlClient>, Fault> {
        match ControlClient::find(&self.folder) {
            Ok(control) => Ok(Some(control)),
            Err(ControlError::NotRunning) => Ok(None),
            Err(error) => Err(fault(error)),
        }
    }

    /// What the front door says; `None` when none runs.
    pub(crate) async fn status(&self) -> Result<Option<GatewayStatus>, Fault> {
        let Some(control) = self.control()? else { return Ok(None) };
        match control.status().await {
            Ok(status) => Ok(Some(status)),
            Err(ControlError::NotRunning) => Ok(None),
            Err(error) => Err(fault(error)),
        }
    }

    /// Has the front door read its files again.
    pub(crate) async fn reload(&self) -> Result<GatewayStatus, Fault> {
        let control = self.control()?.ok_or_else(|| fault(ControlError::NotRunning))?;
        control.reload(self.secrets.clone()).await.map_err(fault)
    }
}

/// What the front door's answer means for the engine. A door that died a moment ago is made anew by the next push.
pub(crate) fn fault(error: ControlError) -> Fault {
    let class = match &error {
        ControlError::NotRunning => Class::Stale,
        ControlError::NotResponding { .. } => Class::Unavailable,
        ControlError::Refused(_) | ControlError::Folder(_) => Class::Refused,
    };
    match error {
        ControlError::Folder(fault) => fault,
        ControlError::Refused(GatewayError { reason, log }) if !log.is_empty() => {
            Fault::new(class, format!("{reason}; its last words:\n{}", log.join("\n")))
        }
        error => Fault::new(class, error),
    }
}
