//! The node of the gateway process, which serves the page and forwards API requests. The page is a node of its own.

use std::{
    fs,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource};

use super::{
    machine::{Machine, fault},
    memory_folder,
    page::DesiredPage,
};
use crate::{
    system::files,
    targets::local::gateway::{
        BackendSetup, GatewaySetup, GatewayStatus, MORE_PORTS, PageSetup, Running, TwinFolder, launch,
    },
};

#[derive(Debug)]
pub(super) struct GatewayProcess {
    /// The folder of the twin.
    pub(super) folder: PathBuf,
    /// The folder of the conversations.
    pub(super) memory: PathBuf,
}

#[derive(Debug, Clone)]
pub(super) struct GatewayDesired {
    /// The setup. Its page is not used.
    pub(super) setup: GatewaySetup,
    /// The first page. Later ones are served when the backend has been replaced.
    pub(super) page: DesiredPage,
    /// Identifies the build of twinctl.
    pub(super) program: String,
}

impl Resource for GatewayProcess {
    type Cloud = Machine;
    type Desired = GatewayDesired;
    type Actual = GatewayStatus;
    type Output = GatewayStatus;
    type Memory = ();

    async fn observe(&self, machine: &Machine, _: &mut Self::Memory) -> Result<Option<GatewayStatus>, Fault> {
        machine.status().await
    }

    /// The gateway belongs to the twin's folder, so there is no other owner.
    fn ownership(&self, _: &GatewayStatus) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, desired: &GatewayDesired, actual: Option<&GatewayStatus>) -> Vec<Change> {
        let now = actual.map(|actual| &actual.setup);
        let desired_setup = &desired.setup;
        let mut changes = Changes::new();
        let elsewhere = actual.and_then(|actual| self.other_folder(actual));
        if let Some(other) = elsewhere.map(|other| other.display().to_string()) {
            changes.value("folder", &self.folder.display().to_string(), Some(&other));
        }
        changes.value("address", &desired_setup.host, actual.map(|actual| actual.address.ip()).as_ref());
        changes.value(
            "port",
            &desired_port(desired_setup, actual),
            actual.map(|actual| actual.address.port()).as_ref(),
        );
        changes.value("burst limit", &desired_setup.throttle.burst, now.map(|now| &now.throttle.burst));
        changes.value("rate limit", &desired_setup.throttle.rate, now.map(|now| &now.throttle.rate));
        let proxies = |setup: &GatewaySetup| {
            let proxies: Vec<_> = setup.trusted_proxies.iter().map(ToString::to_string).collect();
            (!proxies.is_empty()).then(|| proxies.join(", "))
        };
        changes.optional("trusted proxies", proxies(desired_setup).as_ref(), now.and_then(proxies).as_ref());
        let list = |list: &[String]| (!list.is_empty()).then(|| list.join(", "));
        let mut lists = |field: &str, pick: fn(&GatewaySetup) -> &[String]| {
            let was = now.and_then(|now| list(pick(now)));
            changes.optional(field, list(pick(desired_setup)).as_ref(), was.as_ref());
        };
        lists("frame ancestors", |setup| &setup.frame_ancestors);
        lists("allowed hosts", |setup| &setup.allowed_hosts);
        lists("allowed origins", |setup| &setup.allowed_origins);
        let days = |setup: &GatewaySetup| setup.memory.as_ref().map(|memory| memory.days);
        changes.optional(
            "days until a conversation is deleted",
            days(desired_setup).as_ref(),
            now.and_then(days).as_ref(),
        );
        compare_alarms(&mut changes, desired_setup, now);
        changes.value("program", &desired.program, actual.map(|actual| &actual.executable));
        changes.into_vec()
    }

    async fn converge(
        &self,
        machine: &Machine,
        _: &mut Self::Memory,
        desired: &GatewayDesired,
        actual: Option<&GatewayStatus>,
    ) -> Result<Pushed<GatewayStatus>, Fault> {
        let page = first_page(machine, desired, actual).await?;
        let setup = GatewaySetup { page, ..desired.setup.clone() };
        machine.may_write().await?;
        machine.folder.write(&setup)?;
        machine.may_write().await?;
        if let Some(other) = actual.and_then(|actual| self.other_folder(actual)) {
            stop_moved(machine, other).await?;
            machine.may_write().await?;
            // It names the other folder. The backend writes it again.
            machine.folder.remove::<BackendSetup>()?;
            machine.may_write().await?;
            let launched = launch(&machine.executable, &machine.folder, &machine.secrets).await;
            return Ok(Pushed::Actual(launched.map_err(fault)?.1));
        }
        Ok(Pushed::Actual(match (actual, machine.control()?) {
            (Some(actual), Some(control)) if actual.executable != desired.program => {
                let successor =
                    control.hand_over(&machine.folder, &machine.executable).await.map_err(fault)?;
                successor.status().await.map_err(fault)?
            }
            (_, Some(_)) => machine.reload().await?,
            (_, None) => {
                launch(&machine.executable, &machine.folder, &machine.secrets).await.map_err(fault)?.1
            }
        }))
    }

    /// Stops the gateway and removes its files. The files of other nodes stay.
    async fn delete(
        &self,
        machine: &Machine,
        _: &mut Self::Memory,
        actual: &GatewayStatus,
    ) -> Result<Removed, Fault> {
        machine.may_write().await?;
        if let Some(other) = self.other_folder(actual) {
            stop_moved(machine, other).await?;
            machine.may_write().await?;
            machine.folder.remove::<Running>()?;
        } else if let Some(control) = machine.control()? {
            control.stop().await.map_err(fault)?;
        }
        machine.may_write().await?;
        machine.folder.remove::<GatewaySetup>()?;
        for path in [machine.folder.logs(), machine.folder.lock_file()] {
            machine.may_write().await?;
            files::remove(&path)?;
        }
        machine.may_write().await?;
        memory_folder::tidy(&self.memory)?;
        Ok(Removed::Done)
    }

    fn output(&self, actual: &GatewayStatus) -> Option<GatewayStatus> {
        Some(actual.clone())
    }

    /// The address stays the same, unless another port is configured.
    fn predict_output(
        &self,
        desired: &GatewayDesired,
        actual: Option<&GatewayStatus>,
    ) -> Option<GatewayStatus> {
        let actual = actual.filter(|actual| self.other_folder(actual).is_none())?;
        let port = desired_port(&desired.setup, Some(actual));
        Some(GatewayStatus { address: SocketAddr::new(desired.setup.host, port), ..actual.clone() })
    }
}

impl GatewayProcess {
    /// Returns the folder of the gateway if it is another one: this one was moved or copied while the gateway ran.
    fn other_folder<'a>(&self, actual: &'a GatewayStatus) -> Option<&'a Path> {
        let folder = actual.folder.as_deref().filter(|folder| *folder != self.folder)?;
        let is_same = fs::canonicalize(folder)
            .is_ok_and(|folder| fs::canonicalize(&self.folder).is_ok_and(|own| own == folder));
        (!is_same).then_some(folder)
    }
}

/// Stops the gateway of a folder that was moved. That of a folder that was copied belongs to the other twin.
async fn stop_moved(machine: &Machine, from: &Path) -> Result<(), Fault> {
    let Some(control) = machine.control()? else { return Ok(()) };
    // Another twin may have been created at the old place meanwhile.
    match TwinFolder::new(from).read::<Running>() {
        Ok(there) if there.as_ref() != Some(control.running()) => control.stop().await.map_err(fault),
        _ => Ok(()),
    }
}

fn compare_alarms(changes: &mut Changes, desired: &GatewaySetup, now: Option<&GatewaySetup>) {
    let alarms = |setup: &GatewaySetup| setup.alarms.as_ref().map(|_| "on");
    changes.optional("alarms", alarms(desired).as_ref(), now.and_then(alarms).as_ref());
    let webhook = |setup: &GatewaySetup| setup.alarms.as_ref()?.webhook.clone();
    changes.optional("alarms.webhook", webhook(desired).as_ref(), now.and_then(webhook).as_ref());
    let tokens = |setup: &GatewaySetup| setup.alarms.as_ref()?.daily_tokens;
    changes.optional("alarms.daily_tokens", tokens(desired).as_ref(), now.and_then(tokens).as_ref());
}

/// Returns the page to start with: the current one, if its files exist. An unreadable setup is replaced.
async fn first_page(
    machine: &Machine,
    desired: &GatewayDesired,
    actual: Option<&GatewayStatus>,
) -> Result<PageSetup, Fault> {
    let now = match actual {
        Some(actual) => Some(actual.setup.page.clone()),
        None => machine.folder.read::<GatewaySetup>().unwrap_or_default().map(|setup| setup.page),
    };
    match now.filter(|page| machine.folder.page(&page.name).is_dir()) {
        Some(now) => Ok(now),
        None => desired.page.copy(machine, None).await,
    }
}

/// Returns the desired port. If the next free port is allowed, the current one is kept.
fn desired_port(setup: &GatewaySetup, actual: Option<&GatewayStatus>) -> u16 {
    let near = |port: u16| {
        port >= setup.port && port - setup.port <= MORE_PORTS && (setup.next_free_port || setup.port == 0)
    };
    actual.map(|actual| actual.address.port()).filter(|port| near(*port)).unwrap_or(setup.port)
}

/// Returns the URL for visitors on this machine.
pub(super) fn url(address: SocketAddr) -> String {
    let host = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => "127.0.0.1".to_owned(),
        IpAddr::V6(ip) if ip.is_unspecified() => "[::1]".to_owned(),
        IpAddr::V6(ip) => format!("[{ip}]"),
        IpAddr::V4(ip) => ip.to_string(),
    };
    format!("http://{host}:{}", address.port())
}
