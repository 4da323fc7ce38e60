//! The node of the page that the gateway serves.

use std::{fs, sync::Arc};

use reconcile::{Change, Changes, Fault, Ownership, Pushed, Removed, Resource};

use super::machine::{Machine, fault};
use crate::{
    artifacts::web::{PageSettings, WebBundle, scripts_by_digest},
    system::files,
    targets::{
        local::gateway::{ControlError, GatewaySetup, PageSetup},
        record::Kept,
    },
};

/// Number of digits of a hash that are shown.
const SHORT: usize = 12;

#[derive(Debug)]
pub(super) struct ServedPage;

#[derive(Debug, Clone)]
pub(super) struct PageDesired {
    pub(super) page: DesiredPage,
    /// The pages that are not removed.
    pub(super) kept: Arc<Kept>,
}

/// The page that a run wants to serve.
#[derive(Debug, Clone)]
pub(super) enum DesiredPage {
    New(Arc<WebBundle>),
    /// The page of an earlier release.
    Restored(PageSetup),
    /// Without sources, the current page stays.
    Current,
}

impl Resource for ServedPage {
    type Cloud = Machine;
    type Desired = PageDesired;
    type Actual = PageSetup;
    type Output = PageSetup;
    type Memory = ();

    async fn observe(&self, machine: &Machine, _: &mut Self::Memory) -> Result<Option<PageSetup>, Fault> {
        let serving = machine.status().await?.map(|gateway| gateway.setup.page);
        Ok(serving.filter(|page| machine.folder.page(&page.name).is_dir()))
    }

    /// The page belongs to the twin's folder, so there is no other owner.
    fn ownership(&self, _: &PageSetup) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, desired: &PageDesired, actual: Option<&PageSetup>) -> Vec<Change> {
        let desired = desired.page.setup(actual);
        let mut changes = Changes::new();
        let short = |page: &PageSetup| page.name.get(..SHORT).unwrap_or(&page.name).to_owned();
        changes.value("content", &short(&desired), actual.map(short).as_ref());
        let scripts =
            |page: &PageSetup| scripts_by_digest(page.settings.script_hashes.iter().map(String::as_str));
        changes.map("inline script", &scripts(&desired), &actual.map(scripts).unwrap_or_default());
        let sources = |page: &PageSetup| page.settings.sources.shown();
        changes.map("policy", &sources(&desired), &actual.map(sources).unwrap_or_default());
        let paths = &desired.settings.paths;
        changes.map("paths", paths, actual.map_or(paths, |actual| &actual.settings.paths));
        changes.into_vec()
    }

    async fn converge(
        &self,
        machine: &Machine,
        _: &mut Self::Memory,
        desired: &PageDesired,
        actual: Option<&PageSetup>,
    ) -> Result<Pushed<PageSetup>, Fault> {
        let page = desired.page.copy(machine, actual).await?;
        let gateway = machine.status().await?.ok_or_else(|| fault(ControlError::NotRunning))?;
        machine.may_write().await?;
        machine.folder.write(&GatewaySetup { page, ..gateway.setup })?;
        machine.may_write().await?;
        let page = machine.reload().await?.setup.page;
        remove_other_pages(machine, &page.name, &desired.kept).await?;
        Ok(Pushed::Actual(page))
    }

    async fn delete(&self, machine: &Machine, _: &mut Self::Memory, _: &PageSetup) -> Result<Removed, Fault> {
        machine.may_write().await?;
        files::remove(&machine.folder.pages()).map(|()| Removed::Done)
    }

    fn output(&self, actual: &PageSetup) -> Option<PageSetup> {
        Some(actual.clone())
    }
}

impl DesiredPage {
    fn setup(&self, now: Option<&PageSetup>) -> PageSetup {
        match self {
            Self::New(web) => PageSetup {
                name: format!("{:.32}", web.hash()),
                revalidated: web.revalidated(),
                settings: PageSettings::of(web),
            },
            Self::Restored(page) => page.clone(),
            Self::Current => now.cloned().unwrap_or_default(),
        }
    }

    /// Copies the files of a new page. The name of its folder depends on their content.
    pub(super) async fn copy(&self, machine: &Machine, now: Option<&PageSetup>) -> Result<PageSetup, Fault> {
        let page = self.setup(now);
        if let Self::New(web) = self {
            copy_page(machine, web, &page.name).await?;
        }
        Ok(page)
    }
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
