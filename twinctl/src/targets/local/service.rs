//! The node of the systemd user service, which starts a local twin at login and after a crash.

use std::path::{Path, PathBuf};

use reconcile::{Change, Changes, Class, Fault, Ownership, Pushed, Removed, Resource};
use tokio::process::Command;

use super::machine::{Machine, fault};
use crate::{system::files, targets::local::gateway::ARGUMENTS};

/// A systemd user unit.
#[derive(Debug)]
pub(super) struct Service {
    /// The name, with `.service`.
    pub(super) unit: String,
    /// The folder of the user's units.
    pub(super) folder: PathBuf,
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

    pub(super) fn is_installed(&self) -> bool {
        self.path().is_file()
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
        let Some(text) = files::read(&self.path())? else { return Ok(None) };
        let pid = systemctl(&["show", "--property", "MainPID", "--value", &self.unit]).await.ok();
        let gateway = machine.control()?.map(|control| control.running().process.pid.to_string());
        let started_by_systemd = gateway.is_none() || gateway == pid.map(|pid| pid.trim().to_owned());
        Ok(Some(ServiceActual { text: String::from_utf8_lossy(&text).into_owned(), started_by_systemd }))
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
        machine.may_write().await?;
        files::write(&self.path(), desired.text.as_bytes())?;
        systemctl(&["daemon-reload"]).await?;
        machine.may_write().await?;
        systemctl(&["enable", &self.unit]).await?;
        machine.may_write().await?;
        if let Some(control) = machine.control()? {
            control.stop().await.map_err(fault)?;
        }
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
        systemctl(&["disable", "--now", &self.unit]).await?;
        machine.may_write().await?;
        files::remove(&self.path())?;
        systemctl(&["daemon-reload"]).await.map(|_| Removed::Done)
    }

    fn output(&self, _: &ServiceActual) -> Option<()> {
        Some(())
    }
}

async fn systemctl(arguments: &[&str]) -> Result<String, Fault> {
    let failed = |why: String| {
        let command = format!("systemctl --user {}", arguments.join(" "));
        Fault::new(Class::Refused, format!("`{command}` failed: {why}"))
    };
    let output = Command::new("systemctl").arg("--user").args(arguments).output().await;
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
