//! The environment of the local target's resources: the twin's folder and the running gateway.

use std::{path::PathBuf, sync::Arc};

use reconcile::{Class, Fault};

use crate::{
    system::host,
    targets::{
        local::gateway::{
            CanaryStep, ControlClient, ControlError, GatewayError, GatewayStatus, Reload, Reloaded, Secrets,
            TwinFolder,
        },
        record::WriteGate,
    },
};

/// The context of all local resources.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) folder: TwinFolder,
    /// Secrets that are passed to the gateway and written to no file.
    pub(crate) secrets: Secrets,
    /// The running twinctl, which is also the executable of the gateway.
    pub(crate) executable: PathBuf,
    pub(crate) program: String,
    gate: Arc<WriteGate>,
}

impl Machine {
    pub(crate) fn new(folder: TwinFolder, secrets: Secrets, gate: Arc<WriteGate>) -> Self {
        let (executable, program) = host::program();
        Self { folder, secrets, executable, program, gate }
    }

    /// Waits until a write may start. Called before each file that a push or a deletion writes or removes, because the
    /// process may be stopped between two of them.
    pub(crate) async fn may_write(&self) -> Result<(), Fault> {
        Ok(self.gate.pass().await?)
    }

    /// Returns a client of the running gateway, if there is one.
    pub(crate) fn control(&self) -> Result<Option<ControlClient>, Fault> {
        match ControlClient::find(&self.folder) {
            Ok(control) => Ok(Some(control)),
            Err(ControlError::NotRunning) => Ok(None),
            Err(error) => Err(fault(error)),
        }
    }

    /// Returns the status of the running gateway, if there is one.
    pub(crate) async fn status(&self) -> Result<Option<GatewayStatus>, Fault> {
        let Some(control) = self.control()? else { return Ok(None) };
        match control.status().await {
            Ok(status) => Ok(Some(status)),
            Err(ControlError::NotRunning) => Ok(None),
            Err(error) => Err(fault(error)),
        }
    }

    /// Makes the gateway read the files of its setup and its page again.
    pub(crate) async fn reload(&self) -> Result<GatewayStatus, Fault> {
        let request = Reload { keep_backend: true, ..Reload::default() };
        self.reload_with(&request).await.map(|reloaded| reloaded.status)
    }

    /// Makes the gateway read its files again. If `ask` is set, a new backend must answer a question.
    pub(crate) async fn reload_and_ask(&self, ask: bool) -> Result<Reloaded, Fault> {
        self.reload_with(&Reload { secrets: self.secrets.clone(), ask, ..Reload::default() }).await
    }

    /// Starts or checks a second backend.
    pub(crate) async fn canary(&self, step: &CanaryStep) -> Result<Reloaded, Fault> {
        let control = self.control()?.ok_or_else(|| fault(ControlError::NotRunning))?;
        control.canary(step).await.map_err(fault)
    }

    /// Stops the second backend. That of a gateway that does not run has exited. Returns whether there was one.
    pub(crate) async fn end_canary(&self) -> Result<bool, Fault> {
        self.may_write().await?;
        let Some(control) = self.control()? else { return Ok(false) };
        match control.canary(&CanaryStep::End).await {
            Ok(before) => Ok(before.status.backend.is_some_and(|backend| backend.canary.is_some())),
            // A gateway of an earlier twinctl has no canaries.
            Err(ControlError::NotRunning | ControlError::Unknown(_)) => Ok(false),
            Err(error) => Err(fault(error)),
        }
    }

    async fn reload_with(&self, request: &Reload) -> Result<Reloaded, Fault> {
        let control = self.control()?.ok_or_else(|| fault(ControlError::NotRunning))?;
        control.reload_with(request).await.map_err(fault)
    }
}

/// Converts an error of the gateway's client. If the gateway has exited, the engine observes again, and the next push
/// starts a new one.
pub(crate) fn fault(error: ControlError) -> Fault {
    let class = match &error {
        ControlError::NotRunning => Class::Stale,
        ControlError::NotResponding { .. } => Class::Unavailable,
        ControlError::Unknown(_) | ControlError::Refused(_) | ControlError::Folder(_) => Class::Refused,
    };
    match error {
        ControlError::Folder(fault) => fault,
        ControlError::Refused(GatewayError { reason, log }) if !log.is_empty() => {
            Fault::new(class, format!("{reason}; its last log lines:\n{}", log.join("\n")))
        }
        error => Fault::new(class, error),
    }
}

#[cfg(test)]
mod tests;
