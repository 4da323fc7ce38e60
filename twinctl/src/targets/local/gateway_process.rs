//! The node of the gateway process, which serves the page and forwards API requests.

use std::{
    fs,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource};

use super::machine::{Machine, fault};
use crate::{
    artifacts::web::{PageSettings, WebBundle, scripts_by_digest},
    system::files,
    targets::{
        local::gateway::{GatewaySetup, GatewayStatus, MORE_PORTS, launch},
        record::Kept,
    },
};

/// Number of digits of a hash that are shown.
const SHORT: usize = 12;

#[derive(Debug)]
pub(super) struct GatewayProcess;

#[derive(Debug, Clone)]
pub(super) struct GatewayDesired {
    /// The setup without the fields that depend on the page.
    pub(super) setup: GatewaySetup,
    /// Without sources, the current page stays.
    pub(super) web: Option<Arc<WebBundle>>,
    /// Whether the setup is that of an earlier release, including the fields that depend on the page.
    pub(super) restores: bool,
    /// The pages that are not removed.
    pub(super) kept: Arc<Kept>,
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
        let desired_setup = desired_setup(desired, now);
        let mut changes = Changes::new();
        changes.value("address", &desired_setup.host, actual.map(|actual| actual.address.ip()).as_ref());
        changes.value(
            "port",
            &desired_port(&desired_setup, actual),
            actual.map(|actual| actual.address.port()).as_ref(),
        );
        changes.value("burst limit", &desired_setup.throttle.burst, now.map(|now| &now.throttle.burst));
        changes.value("rate limit", &desired_setup.throttle.rate, now.map(|now| &now.throttle.rate));
        let short = |setup: &GatewaySetup| setup.page.get(..SHORT).unwrap_or(&setup.page).to_owned();
        changes.value("page", &short(&desired_setup), now.map(short).as_ref());
        let proxies = |setup: &GatewaySetup| {
            let proxies: Vec<_> = setup.trusted_proxies.iter().map(ToString::to_string).collect();
            (!proxies.is_empty()).then(|| proxies.join(", "))
        };
        changes.optional("trusted proxies", proxies(&desired_setup).as_ref(), now.and_then(proxies).as_ref());
        let list = |list: &[String]| (!list.is_empty()).then(|| list.join(", "));
        let mut lists = |field: &str, pick: fn(&GatewaySetup) -> &[String]| {
            let was = now.and_then(|now| list(pick(now)));
            changes.optional(field, list(pick(&desired_setup)).as_ref(), was.as_ref());
        };
        lists("frame ancestors", |setup| &setup.frame_ancestors);
        lists("allowed hosts", |setup| &setup.allowed_hosts);
        lists("allowed origins", |setup| &setup.allowed_origins);
        let scripts =
            |setup: &GatewaySetup| scripts_by_digest(setup.script_hashes.iter().map(String::as_str));
        changes.map("inline script", &scripts(&desired_setup), &now.map(scripts).unwrap_or_default());
        let sources = |setup: &GatewaySetup| setup.sources.shown();
        changes.map("policy", &sources(&desired_setup), &now.map(sources).unwrap_or_default());
        changes.map("paths", &desired_setup.paths, now.map_or(&desired_setup.paths, |now| &now.paths));
        let days = |setup: &GatewaySetup| setup.memory.as_ref().map(|memory| memory.days);
        changes.optional(
            "days until a conversation is deleted",
            days(&desired_setup).as_ref(),
            now.and_then(days).as_ref(),
        );
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
        let setup = desired_setup(desired, actual.map(|actual| &actual.setup));
        if let Some(web) = &desired.web {
            copy_page(machine, web, &setup.page).await?;
        }
        machine.may_write().await?;
        machine.folder.write(&setup)?;
        machine.may_write().await?;
        let now = match (actual, machine.control()?) {
            (Some(actual), Some(control)) if actual.executable != desired.program => {
                let successor =
                    control.hand_over(&machine.folder, &machine.executable).await.map_err(fault)?;
                successor.status().await.map_err(fault)?
            }
            (_, Some(_)) => machine.reload().await?,
            (_, None) => {
                launch(&machine.executable, &machine.folder, &machine.secrets).await.map_err(fault)?.1
            }
        };
        remove_other_pages(machine, &setup.page, &desired.kept).await?;
        Ok(Pushed::Actual(now))
    }

    /// Stops the gateway and removes its files. The files of other nodes stay.
    async fn delete(
        &self,
        machine: &Machine,
        _: &mut Self::Memory,
        _: &GatewayStatus,
    ) -> Result<Removed, Fault> {
        machine.may_write().await?;
        if let Some(control) = machine.control()? {
            control.stop().await.map_err(fault)?;
        }
        machine.may_write().await?;
        machine.folder.remove::<GatewaySetup>()?;
        for path in [machine.folder.pages(), machine.folder.logs(), machine.folder.lock_file()] {
            machine.may_write().await?;
            files::remove(&path)?;
        }
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
        let actual = actual?;
        let port = desired_port(&desired.setup, Some(actual));
        Some(GatewayStatus { address: SocketAddr::new(desired.setup.host, port), ..actual.clone() })
    }
}

/// Returns the desired setup, including the fields that depend on the page.
fn desired_setup(desired: &GatewayDesired, now: Option<&GatewaySetup>) -> GatewaySetup {
    let setup = desired.setup.clone();
    if desired.restores {
        return setup;
    }
    match (&desired.web, now) {
        (Some(web), _) => {
            let PageSettings { script_hashes, sources, paths } = PageSettings::of(web);
            GatewaySetup {
                page: page_name(web),
                revalidated: web.revalidated(),
                script_hashes,
                sources,
                paths,
                ..setup
            }
        }
        (None, Some(now)) => GatewaySetup {
            page: now.page.clone(),
            revalidated: now.revalidated.clone(),
            script_hashes: now.script_hashes.clone(),
            sources: now.sources.clone(),
            paths: now.paths.clone(),
            ..setup
        },
        (None, None) => setup,
    }
}

/// Returns the desired port. If the next free port is allowed, the current one is kept.
fn desired_port(setup: &GatewaySetup, actual: Option<&GatewayStatus>) -> u16 {
    let near = |port: u16| {
        port >= setup.port && port - setup.port <= MORE_PORTS && (setup.next_free_port || setup.port == 0)
    };
    actual.map(|actual| actual.address.port()).filter(|port| near(*port)).unwrap_or(setup.port)
}

/// Returns the name of a page's folder, which depends on its content.
fn page_name(web: &WebBundle) -> String {
    format!("{:.32}", web.hash())
}

/// Copies the page, unless its folder exists. The folder is renamed last, so that an existing one is complete.
async fn copy_page(machine: &Machine, web: &WebBundle, page: &str) -> Result<(), Fault> {
    let folder = machine.folder.page(page);
    if folder.is_dir() {
        return Ok(());
    }
    let temporary = folder.with_extension("new");
    machine.may_write().await?;
    files::remove(&temporary)?;
    for source in web.files() {
        machine.may_write().await?;
        let path = temporary.join(&source.key);
        files::ensure_folder_in(machine.folder.path(), path.parent().unwrap_or(&temporary))?;
        source.content.copy_to(&path).map_err(files::fault("write", &path))?;
    }
    machine.may_write().await?;
    fs::rename(&temporary, &folder).map_err(files::fault("write", &folder))
}

/// Removes the pages of releases that are no longer recorded.
async fn remove_other_pages(machine: &Machine, page: &str, kept: &Kept) -> Result<(), Fault> {
    let pages = machine.folder.pages();
    let Ok(entries) = fs::read_dir(&pages) else { return Ok(()) };
    let is_kept = |name: &str| name == page || kept.pages.contains(name);
    for entry in entries.flatten().filter(|entry| !entry.file_name().to_str().is_some_and(is_kept)) {
        machine.may_write().await?;
        files::remove(&entry.path())?;
    }
    Ok(())
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
