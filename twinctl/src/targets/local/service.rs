//! The node of the systemd user service, which starts a local twin at login and after a crash.

use std::{
    fs,
    path::{Path, PathBuf},
};

use reconcile::{Change, Changes, Class, Fault, Ownership, Pushed, Removed, Resource};
use tokio::process::Command;

use super::machine::{Machine, fault};
use crate::{
    system::{files, host},
    targets::local::gateway::{ARGUMENTS, Running, TwinFolder},
};

/// A systemd user unit.
#[derive(Debug)]
pub(super) struct Service {
    /// The name, with `.service`.
    pub(super) unit: String,
    /// The folder of the user's units.
    pub(super) folder: PathBuf,
    /// The folder of the twin. A copy of the twin has the same unit.
    pub(super) twin: PathBuf,
}

#[derive(Debug, Clone)]
pub(super) struct ServiceDesired {
    pub(super) text: String,
}

#[derive(Debug, Clone)]
pub(super) struct ServiceActual {
    text: String,
    /// Whether systemd started the running gateway.
    started_by_systemd: bool,
}

impl Service {
    fn path(&self) -> PathBuf {
        self.folder.join(&self.unit)
    }

    /// Returns the content of the unit, if it exists.
    fn text(&self) -> Result<Option<String>, Fault> {
        Ok(files::read(&self.path())?.map(|text| String::from_utf8_lossy(&text).into_owned()))
    }

    /// Returns whether the unit is enabled or runs. A failed deploy of an earlier twinctl left units of which neither is true.
    pub(super) fn is_installed(&self) -> bool {
        let Ok(Some(text)) = self.text() else { return false };
        let is_ours = self.other_twin(&text).is_none();
        is_ours && (self.link().symlink_metadata().is_ok() || self.runs())
    }

    /// The link that starts the unit at login.
    fn link(&self) -> PathBuf {
        self.folder.join("default.target.wants").join(&self.unit)
    }

    /// Returns whether systemd started the gateway.
    fn runs(&self) -> bool {
        let Ok(Some(running)) = TwinFolder::new(&self.twin).read::<Running>() else { return false };
        let group = fs::read_to_string(format!("/proc/{}/cgroup", running.process.pid));
        group.is_ok_and(|group| group.contains(&self.unit))
    }

    /// Returns the folder of the twin of which this one is a copy, if the unit is that twin's.
    fn other_twin(&self, text: &str) -> Option<PathBuf> {
        let command = exec_start(text);
        if command.is_empty() || command.ends_with(&quoted(&self.twin)) {
            return None;
        }
        let folder = PathBuf::from(command.trim_end_matches('"').rsplit('"').next()?);
        matches!(TwinFolder::new(&folder).read::<Running>(), Ok(Some(_))).then_some(folder)
    }
}

impl Resource for Service {
    type Cloud = Machine;
    type Desired = ServiceDesired;
    type Actual = ServiceActual;
    type Output = ();
    type Memory = ();

    fn physical_name(&self) -> Option<String> {
        Some(self.unit.clone())
    }

    async fn observe(&self, machine: &Machine, _: &mut Self::Memory) -> Result<Option<ServiceActual>, Fault> {
        let Some(text) = self.text()? else { return Ok(None) };
        if self.other_twin(&text).is_some() {
            return Ok(None);
        }
        let pid = systemctl(&["show", "--property", "MainPID", "--value", &self.unit]).await;
        let is_unknown = pid.as_ref().is_err_and(lacks_session);
        let gateway = machine.control()?.map(|control| control.running().process.pid.to_string());
        let started_by_systemd =
            is_unknown || gateway.is_none() || gateway == pid.ok().map(|pid| pid.trim().to_owned());
        Ok(Some(ServiceActual { text, started_by_systemd }))
    }

    /// The unit is identified by its name.
    fn ownership(&self, _: &ServiceActual) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, desired: &ServiceDesired, actual: Option<&ServiceActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        let path = self.path().display().to_string();
        changes.value("unit", &path, actual.map(|_| &path));
        if let Some(actual) = actual {
            let command = |text: &str| exec_start(text).to_owned();
            changes.value("starts", &command(&desired.text), Some(&command(&actual.text)));
            if actual.text != desired.text && command(&actual.text) == command(&desired.text) {
                changes.push(Change::new(
                    "text",
                    None,
                    Some("as this version of twinctl writes it".to_owned()),
                ));
            }
        }
        changes.value("started by systemd", &true, actual.map(|actual| &actual.started_by_systemd));
        changes.into_vec()
    }

    async fn converge(
        &self,
        machine: &Machine,
        _: &mut Self::Memory,
        desired: &ServiceDesired,
        _: Option<&ServiceActual>,
    ) -> Result<Pushed<ServiceActual>, Fault> {
        if let Some(other) = self.text()?.and_then(|text| self.other_twin(&text)) {
            let why = format!(
                "{} starts the twin in {}: set another `project`",
                self.path().display(),
                other.display()
            );
            return Err(Fault::new(Class::Refused, why));
        }
        // Without a session, nothing must be written: the next deploy would find a unit that it cannot start.
        systemctl(&["show-environment"]).await?;
        machine.may_write().await?;
        files::write(&self.path(), desired.text.as_bytes())?;
        systemctl(&["daemon-reload"]).await?;
        machine.may_write().await?;
        systemctl(&["enable", &self.unit]).await?;
        machine.may_write().await?;
        if let Some(control) = machine.control()? {
            control.stop().await.map_err(fault)?;
        }
        // It may have failed repeatedly in a folder that was moved.
        drop(systemctl(&["reset-failed", &self.unit]).await);
        systemctl(&["restart", &self.unit]).await?;
        Ok(Pushed::Actual(ServiceActual { text: desired.text.clone(), started_by_systemd: true }))
    }

    async fn delete(
        &self,
        machine: &Machine,
        _: &mut Self::Memory,
        _: &ServiceActual,
    ) -> Result<Removed, Fault> {
        machine.may_write().await?;
        unless_without_session(systemctl(&["disable", "--now", &self.unit]).await)?;
        machine.may_write().await?;
        files::remove(&self.link())?;
        files::remove(&self.path())?;
        unless_without_session(systemctl(&["daemon-reload"]).await)?;
        Ok(Removed::Done)
    }

    fn output(&self, _: &ServiceActual) -> Option<()> {
        Some(())
    }
}

const RUNTIME_FOLDER: &str = "XDG_RUNTIME_DIR";
const NO_SESSION: &str =
    "; there is no systemd user session: omit `--service`, and set `local.service: false`";

/// Whether an error of `systemctl` is about the connection to the user's systemd.
fn is_about_session(error: &str) -> bool {
    error.contains("Failed to connect to") && error.contains("bus")
}

fn lacks_session(fault: &Fault) -> bool {
    fault.to_string().ends_with(NO_SESSION)
}

/// Without a session, no unit runs, so there is nothing to stop.
fn unless_without_session(result: Result<String, Fault>) -> Result<(), Fault> {
    match result {
        Err(fault) if !lacks_session(&fault) => Err(fault),
        _ => Ok(()),
    }
}

async fn systemctl(arguments: &[&str]) -> Result<String, Fault> {
    let failed = |why: String| {
        let command = format!("systemctl --user {}", arguments.join(" "));
        let session = if is_about_session(&why) { NO_SESSION } else { "" };
        Fault::new(Class::Refused, format!("`{command}` failed: {why}{session}"))
    };
    let mut command = Command::new("systemctl");
    // After `su` or in a cron job, the variable is missing although the user's systemd may run.
    if let (None, Some(folder)) = (host::variable(RUNTIME_FOLDER), host::runtime_folder()) {
        command.env(RUNTIME_FOLDER, folder);
    }
    let output = command.arg("--user").args(arguments).output().await;
    let output = output.map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}

pub(super) fn unit_text(title: &str, executable: &Path, folder: &Path) -> String {
    let (executable, folder, arguments) = (quoted(executable), quoted(folder), ARGUMENTS.join(" "));
    format!(
        "[Unit]\nDescription=The twin {title}\n\n\
         [Service]\nType=notify\nNotifyAccess=all\nExecStart={executable} {arguments} {folder}\n\
         Restart=always\nRestartSec=1\n\n\
         [Install]\nWantedBy=default.target\n"
    )
}

/// Quotes a path for systemd.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let text = text.replace('\\', r"\\").replace('"', "\\\"").replace('%', "%%").replace('$', "$$");
    format!("\"{text}\"")
}

fn exec_start(text: &str) -> &str {
    text.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unit_quotes_paths() {
        let text = unit_text(
            "`local` of `twin`",
            Path::new("/opt/my tools/twinctl"),
            Path::new("/home/a/100%/$x/.twinctl/local/local"),
        );
        insta::assert_snapshot!(text, @r#"
        [Unit]
        Description=The twin `local` of `twin`

        [Service]
        Type=notify
        NotifyAccess=all
        ExecStart="/opt/my tools/twinctl" front-door --place "/home/a/100%%/$$x/.twinctl/local/local"
        Restart=always
        RestartSec=1

        [Install]
        WantedBy=default.target
        "#);
    }
}
