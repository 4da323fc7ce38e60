//! The front door: the process that visitors reach, which serves the page and passes the API on.

use std::{
    fs,
    net::{IpAddr, SocketAddr},
    path::Path,
    sync::Arc,
};

use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource};

use super::machine::{Machine, fault};
use crate::{
    artifacts::web::{PageSettings, WebBundle, scripts_by_digest},
    system::files,
    targets::local::gateway::{GatewaySetup, GatewayStatus, MORE_PORTS, launch},
};

/// Of a hash, where people read it.
const SHORT: usize = 12;

#[derive(Debug)]
pub(super) struct FrontDoor;

#[derive(Debug, Clone)]
pub(super) struct DoorDesired {
    /// Without the page's name, which follows from its files.
    pub(super) setup: GatewaySetup,
    /// Without sources the page that is served stays.
    pub(super) web: Option<Arc<WebBundle>>,
    /// Of the executable.
    pub(super) program: String,
}

impl Resource for FrontDoor {
    type Cloud = Machine;
    type Desired = DoorDesired;
    type Actual = GatewayStatus;
    type Output = GatewayStatus;
    type Memory = ();

    async fn observe(&self, machine: &Machine, _: &mut Self::Memory) -> Result<Option<GatewayStatus>, Fault> {
        machine.status().await
    }

    /// The place says whose it is.
    fn ownership(&self, _: &GatewayStatus) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, desired: &DoorDesired, actual: Option<&GatewayStatus>) -> Vec<Change> {
        let now = actual.map(|actual| &actual.setup);
        let wanted = wanted(desired, now);
        let mut changes = Changes::new();
        changes.value("address", &wanted.host, actual.map(|actual| actual.address.ip()).as_ref());
        changes.value(
            "port",
            &wanted_port(&wanted, actual),
            actual.map(|actual| actual.address.port()).as_ref(),
        );
        changes.value("requests at once", &wanted.throttle.burst, now.map(|now| &now.throttle.burst));
        changes.value("requests a second", &wanted.throttle.rate, now.map(|now| &now.throttle.rate));
        let short = |setup: &GatewaySetup| setup.page.get(..SHORT).unwrap_or(&setup.page).to_owned();
        changes.value("page", &short(&wanted), now.map(short).as_ref());
        let list = |list: &[String]| (!list.is_empty()).then(|| list.join(", "));
        let mut lists = |field: &str, pick: fn(&GatewaySetup) -> &[String]| {
            let was = now.and_then(|now| list(pick(now)));
            changes.optional(field, list(pick(&wanted)).as_ref(), was.as_ref());
        };
        lists("may frame it", |setup| &setup.frame_ancestors);
        lists("allowed hosts", |setup| &setup.allowed_hosts);
        let scripts =
            |setup: &GatewaySetup| scripts_by_digest(setup.script_hashes.iter().map(String::as_str));
        changes.map("inline script", &scripts(&wanted), &now.map(scripts).unwrap_or_default());
        changes.map("paths", &wanted.paths, now.map_or(&wanted.paths, |now| &now.paths));
        let days = |setup: &GatewaySetup| setup.memory.as_ref().map(|memory| memory.days);
        changes.optional(
            "days until a conversation is forgotten",
            days(&wanted).as_ref(),
            now.and_then(days).as_ref(),
        );
        changes.value("program", &desired.program, actual.map(|actual| &actual.executable));
        changes.into_vec()
    }

    async fn converge(
        &self,
        machine: &Machine,
        _: &mut Self::Memory,
        desired: &DoorDesired,
        actual: Option<&GatewayStatus>,
    ) -> Result<Pushed<GatewayStatus>, Fault> {
        let wanted = wanted(desired, actual.map(|actual| &actual.setup));
        if let Some(web) = &desired.web {
            bring(web, &machine.folder.page(&wanted.page))?;
        }
        machine.folder.write(&wanted)?;
        let now = match (actual, machine.control()?) {
            (Some(actual), Some(control)) if actual.executable != desired.program => {
                let heir = control.hand_over(&machine.folder, &machine.executable).await.map_err(fault)?;
                heir.status().await.map_err(fault)?
            }
            (_, Some(_)) => machine.reload().await?,
            (_, None) => {
                launch(&machine.executable, &machine.folder, &machine.secrets).await.map_err(fault)?.1
            }
        };
        remove_other_pages(machine, &wanted.page)?;
        Ok(Pushed::Actual(now))
    }

    /// The place goes with it, but for what others still write there.
    async fn delete(
        &self,
        machine: &Machine,
        _: &mut Self::Memory,
        _: &GatewayStatus,
    ) -> Result<Removed, Fault> {
        if let Some(control) = machine.control()? {
            control.stop().await.map_err(fault)?;
        }
        machine.folder.remove::<GatewaySetup>()?;
        let pages = machine.folder.pages();
        [pages, machine.folder.logs(), machine.folder.lock_file()]
            .iter()
            .try_for_each(|path| files::remove(path))?;
        Ok(Removed::Done)
    }

    fn output(&self, actual: &GatewayStatus) -> Option<GatewayStatus> {
        Some(actual.clone())
    }

    /// Visitors find it where it is, whatever else changes.
    fn predict_output(&self, desired: &DoorDesired, actual: Option<&GatewayStatus>) -> Option<GatewayStatus> {
        let actual = actual?;
        let port = wanted_port(&desired.setup, Some(actual));
        Some(GatewayStatus { address: SocketAddr::new(desired.setup.host, port), ..actual.clone() })
    }
}

/// Everything that follows from the page is filled in.
fn wanted(desired: &DoorDesired, now: Option<&GatewaySetup>) -> GatewaySetup {
    let setup = desired.setup.clone();
    match (&desired.web, now) {
        (Some(web), _) => {
            let PageSettings { script_hashes, paths } = PageSettings::of(web);
            GatewaySetup { page: name(web), revalidated: web.revalidated(), script_hashes, paths, ..setup }
        }
        (None, Some(now)) => GatewaySetup {
            page: now.page.clone(),
            revalidated: now.revalidated.clone(),
            script_hashes: now.script_hashes.clone(),
            paths: now.paths.clone(),
            ..setup
        },
        (None, None) => setup,
    }
}

/// The port that is taken already is fine, where the next free one would be.
fn wanted_port(wanted: &GatewaySetup, actual: Option<&GatewayStatus>) -> u16 {
    let near = |port: u16| {
        port >= wanted.port && port - wanted.port <= MORE_PORTS && (wanted.next_free_port || wanted.port == 0)
    };
    actual.map(|actual| actual.address.port()).filter(|port| near(*port)).unwrap_or(wanted.port)
}

/// A page is called after what is in it.
fn name(web: &WebBundle) -> String {
    format!("{:.32}", web.hash())
}

/// Copies the page, or finds that it was copied before. A folder of that name is always whole.
fn bring(web: &WebBundle, folder: &Path) -> Result<(), Fault> {
    if folder.is_dir() {
        return Ok(());
    }
    let beside = folder.with_extension("new");
    files::remove(&beside)?;
    for source in web.files() {
        let path = beside.join(&source.key);
        files::ensure_folder(path.parent().unwrap_or(&beside))?;
        source.content.copy_to(&path).map_err(files::fault("write", &path))?;
    }
    fs::rename(&beside, folder).map_err(files::fault("write", folder))
}

fn remove_other_pages(machine: &Machine, page: &str) -> Result<(), Fault> {
    let pages = machine.folder.pages();
    let Ok(entries) = fs::read_dir(&pages) else { return Ok(()) };
    let others = entries.flatten().filter(|entry| entry.file_name() != page);
    others.into_iter().try_for_each(|entry| files::remove(&entry.path()))
}

/// The address as a visitor on this machine writes it.
pub(super) fn url(address: SocketAddr) -> String {
    let host = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => "127.0.0.1".to_owned(),
        IpAddr::V6(ip) if ip.is_unspecified() => "[::1]".to_owned(),
        IpAddr::V6(ip) => format!("[{ip}]"),
        IpAddr::V4(ip) => ip.to_string(),
    };
    format!("http://{host}:{}", address.port())
}
