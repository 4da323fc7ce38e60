//! The unit by which systemd starts a local twin at login, and again after a crash.

use std::path::{Path, PathBuf};

use reconcile::{Change, Changes, Class, Fault, Ownership, Pushed, Removed, Resource};
use tokio::process::Command;

use super::machine::{Machine, fault};
use crate::system::files;

/// A unit of the user's own systemd.
#[derive(Debug)]
pub(super) struct Service {
    /// With the ending `.service`.
    pub(super) unit: String,
    /// Where the user's units lie.
    pub(super) folder: PathBuf,
}

#[derive(Debug, Clone)]
pub(super) struct ServiceDesired {
    pub(super) text: String,
}

#[derive(Debug, Clone)]
pub(super) struct ServiceActual {
    text: String,
    /// Whether systemd is the one that started the front door that runs.
    starts_it: bool,
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
        let door = machine.control()?.map(|control| control.running().process.pid.to_string());
        let starts_it = door.is_none() || door == pid.map(|pid| pid.trim().to_owned());
        Ok(Some(ServiceActual { text: String::from_utf8_lossy(&text).into_owned(), starts_it }))
    }

    /// The name says whose it is.
    fn ownership(&self, _: &ServiceActual) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, desired: &ServiceDesired, actual: Option<&ServiceActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        let path = self.path().display().to_string();
        changes.value("unit", &path, actual.map(|_| &path));
        if let Some(actual) = actual {
            let said = |text: &str| exec_start(text).to_owned();
            changes.value("starts", &said(&desired.text), Some(&said(&actual.text)));
            if actual.text != desired.text && said(&actual.text) == said(&desired.text) {
                changes.push(Change::new("text", None, Some("as this twinctl writes it".to_owned())));
            }
        }
        changes.value("started by systemd", &true, actual.map(|actual| &actual.starts_it));
        changes.into_vec()
    }

    async fn converge(
        &self,
        machine: &Machine,
        _: &mut Self::Memory,
        desired: &ServiceDesired,
        _: Option<&ServiceActual>,
    ) -> Result<Pushed<ServiceActual>, Fault> {
        files::write(&self.path(), desired.text.as_bytes())?;
        systemctl(&["daemon-reload"]).await?;
        systemctl(&["enable", &self.unit]).await?;
        if let Some(control) = machine.control()? {
            control.stop().await.map_err(fault)?;
        }
        systemctl(&["restart", &self.unit]).await?;
        Ok(Pushed::Actual(ServiceActual { text: desired.text.clone(), starts_it: true }))
    }

    async fn delete(&self, _: &Machine, _: &mut Self::Memory, _: &ServiceActual) -> Result<Removed, Fault> {
        systemctl(&["disable", "--now", &self.unit]).await?;
        files::remove(&self.path())?;
        systemctl(&["daemon-reload"]).await.map(|_| Removed::Done)
    }

    fn output(&self, _: &ServiceActual) -> Option<()> {
        Some(())
    }
}

async fn systemctl(arguments: &[&str]) -> Result<String, Fault> {
    let refused = |why: String| {
        let command = format!("systemctl --user {}", arguments.join(" "));
        Fault::new(Class::Refused, format!("`{command}` failed: {why}"))
    };
    let output = Command::new("systemctl").arg("--user").args(arguments).output().await;
    let output = output.map_err(|error| refused(error.to_string()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(refused(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}

/// The whole unit.
pub(super) fn text(title: &str, executable: &Path, place: &Path) -> String {
    let (executable, place) = (quoted(executable), quoted(place));
    format!(
        "[Unit]\nDescription=The twin {title}\n\n\
         [Service]\nType=notify\nNotifyAccess=all\nExecStart={executable} front-door --place {place}\n\
         Restart=always\nRestartSec=1\n\n\
         [Install]\nWantedBy=default.target\n"
    )
}

/// As systemd reads a word that may have anything in it.
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
    fn the_unit_starts_the_front_door_whatever_its_path_has_in_it() {
        let text = text(
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
