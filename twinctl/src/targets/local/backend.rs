//! The node of the backend: the twin-lambda process, which the gateway keeps running.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use reconcile::{Backoff, Change, Changes, Class, Fault, Ownership, Pushed, Removed, Resource, Status, Wait};

use super::{
    canary::Canary,
    machine::{Machine, fault},
};
use crate::system::files;
use crate::{
    artifacts::{Content, NativeBinary, settings},
    system::hash,
    targets::{
        local::gateway::{BackendSetup, BackendStatus, ControlError, Credentials, GatewayStatus, Phase},
        record::Kept,
    },
    twin::{
        canary::{Trial, Verdict},
        question::Report,
    },
};

/// A process starts within some milliseconds. The gateway restarts a failed one after increasing delays.
const STARTING: Backoff = Backoff::from_millis(50, 500, 15_000);
const PREFIX: &str = "twin-lambda-";
/// Why a canary ends if the gateway exits, before or after the second backend got its share.
const STOPPED: &str = "the gateway stopped meanwhile";
/// Number of digits of a hash that are shown.
const SHORT: usize = 12;

/// The backend. Binaries are copied to the folder `binaries`, so that a build does not change the running one.
#[derive(Debug)]
pub(super) struct Backend {
    pub(super) binaries: PathBuf,
    /// The canary that a new backend has to pass, if any.
    pub(super) canary: Option<Canary>,
}

/// The findings of a run about the backend that it deploys.
#[derive(Debug, Default)]
pub(super) struct BackendMemory {
    /// The report about the question, if this run asked one.
    question: Option<Report>,
    trial: Option<Trial>,
}

#[derive(Debug, Clone)]
pub(super) struct BackendDesired {
    /// Without sources, the running binary stays.
    pub(super) binary: Option<NativeBinary>,
    pub(super) settings: BTreeMap<String, String>,
    pub(super) credentials: Credentials,
    /// A hash of the secrets. Empty if they are not known in this run.
    pub(super) secrets: String,
    /// Whether a new process must answer a question.
    pub(super) ask: bool,
    /// The binaries that are not removed.
    pub(super) kept: Arc<Kept>,
}

#[derive(Debug, Clone)]
pub(super) struct BackendActual {
    /// The content of `backend.json`.
    setup: Option<BackendSetup>,
    /// The status of the running process, which may have been started with another setup.
    status: BackendStatus,
    question: Option<Report>,
    trial: Option<Trial>,
}

/// The version and status of the backend.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BackendOutput {
    /// The beginning of the binary's hash.
    pub(super) version: String,
    pub(super) status: BackendStatus,
    /// The report about the question, if this run asked one.
    pub(super) question: Option<Report>,
    /// The result of the canary, if this run made one.
    pub(super) canary: Option<String>,
    /// The content of `backend.json`.
    pub(super) setup: Option<BackendSetup>,
}

impl Resource for Backend {
    type Cloud = Machine;
    type Desired = BackendDesired;
    type Actual = BackendActual;
    type Output = BackendOutput;
    type Memory = BackendMemory;

    async fn observe(
        &self,
        machine: &Machine,
        memory: &mut Self::Memory,
    ) -> Result<Option<BackendActual>, Fault> {
        let Some(gateway) = machine.status().await? else { return Ok(None) };
        if let (Some(canary), Some(trial), Some(status)) = (&self.canary, &mut memory.trial, &gateway.backend)
        {
            canary.watch(machine, trial, status).await?;
        }
        actual(machine, gateway, memory)
    }

    /// The backend belongs to the twin's folder, so there is no other owner.
    fn ownership(&self, _: &BackendActual) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, desired: &BackendDesired, actual: Option<&BackendActual>) -> Vec<Change> {
        let before = actual.and_then(|actual| actual.setup.as_ref());
        let Some(desired_setup) = self.setup(desired, before) else { return Vec::new() };
        let mut changes = Changes::new();
        let none = BTreeMap::new();
        changes.value("binary", &version(&desired_setup), before.map(version).as_ref());
        let actual_settings = before.map_or(&none, |setup| &setup.settings);
        settings::compare(&mut changes, "settings", &desired_setup.settings, actual_settings);
        let credentials = |setup: &BackendSetup| describe(&setup.credentials);
        changes.value("credentials", &credentials(&desired_setup), before.map(credentials).as_ref());
        let changes = changes.into_vec();
        let running = actual.map(|actual| &actual.status.fingerprint);
        if !changes.is_empty() || running == Some(&desired_setup.fingerprint) {
            return changes;
        }
        // The setups are equal but the fingerprints differ: the key has changed, or `backend.json` was not applied.
        let public_part = |print: &String| print.split('.').next().map(short).unwrap_or_default().to_owned();
        let (was, will) = (running.map(public_part), public_part(&desired_setup.fingerprint));
        let mut changes = Changes::new();
        if was.as_ref() == Some(&will) {
            changes.secret("key", Some(&desired_setup.fingerprint), running);
        } else {
            changes.value("process", &will, was.as_ref());
        }
        changes.into_vec()
    }

    fn status(&self, actual: &BackendActual) -> Status {
        if let Some(wait) = self.canary.as_ref().and_then(|canary| canary.wait(actual.trial.as_ref()?)) {
            return Status::Busy(wait);
        }
        match &actual.status.phase {
            Phase::Ready { .. } => Status::Ready,
            Phase::Starting => Status::Settling(Wait::new("twin-lambda to be healthy", STARTING)),
            Phase::Waiting { why, .. } => {
                Status::Settling(Wait::new(format!("twin-lambda to restart: {}", why.reason), STARTING))
            }
        }
    }

    /// If the new process does not become healthy, or cannot answer a question, the old one and its `backend.json` stay.
    async fn converge(
        &self,
        machine: &Machine,
        memory: &mut Self::Memory,
        desired: &BackendDesired,
        found: Option<&BackendActual>,
    ) -> Result<Pushed<BackendActual>, Fault> {
        machine.may_write().await?;
        // Without a gateway, nothing was found, but the file may exist.
        let before: Option<BackendSetup> = machine.folder.read()?;
        let before = before.as_ref();
        let Some(setup) = self.setup(desired, before) else {
            return Err(Fault::new(Class::Refused, "the twin-lambda binary is missing"));
        };
        if let Some(binary) = desired.binary.as_ref().filter(|_| !setup.binary.exists()) {
            files::ensure_folder_in(machine.folder.path(), &self.binaries)?;
            write(&binary.content, &setup.binary)?;
        }
        machine.may_write().await?;
        if let Some(next) = self.try_setup(machine, memory, (&setup, desired.ask), found).await? {
            return Ok(next);
        }
        // A gateway that starts meanwhile must not run a backend that is not proven.
        machine.control()?.ok_or_else(|| fault(ControlError::NotRunning))?;
        machine.folder.write(&setup)?;
        machine.may_write().await?;
        // A backend that has passed its canary has answered.
        let ask = desired.ask && !memory.trial.as_ref().is_some_and(Trial::has_begun);
        match machine.reload_and_ask(ask).await {
            Ok(reloaded) => {
                memory.question = memory.question.take().or(reloaded.question);
                if let (Some(canary), Some(trial)) = (&self.canary, &mut memory.trial) {
                    canary.end(trial);
                }
                self.remove_others(machine, &setup, before, &desired.kept).await?;
                Ok(actual(machine, reloaded.status, memory)?.map_or(Pushed::Observe, Pushed::Actual))
            }
            Err(fault) => {
                machine.may_write().await?;
                // The gateway reads the file when it starts, and asks no question then.
                match before {
                    Some(before) => machine.folder.write(before)?,
                    None => machine.folder.remove::<BackendSetup>()?,
                }
                Err(fault)
            }
        }
    }

    /// Removes the files. The process ended with the gateway.
    async fn delete(
        &self,
        machine: &Machine,
        _: &mut Self::Memory,
        _: &BackendActual,
    ) -> Result<Removed, Fault> {
        machine.may_write().await?;
        machine.folder.remove::<BackendSetup>()?;
        machine.may_write().await?;
        files::remove(&self.binaries).map(|()| Removed::Done)
    }

    fn output(&self, actual: &BackendActual) -> Option<BackendOutput> {
        let version = actual.setup.as_ref().map(version).unwrap_or_default();
        let BackendActual { setup, status, question, trial } = actual.clone();
        let canary = trial.as_ref().map(Trial::describe);
        Some(BackendOutput { version, status, question, canary, setup })
    }
}

impl Backend {
    /// Lets a share of the visitors try a new backend, which is in no file until it has passed: a gateway that is started again
    /// runs the previous one. Returns the next state, or `None` if there is no canary or the backend has passed it.
    async fn try_setup(
        &self,
        machine: &Machine,
        memory: &mut BackendMemory,
        (setup, ask): (&BackendSetup, bool),
        found: Option<&BackendActual>,
    ) -> Result<Option<Pushed<BackendActual>>, Fault> {
        let Some(canary) = &self.canary else { return Ok(None) };
        let is_ready = found.is_some_and(|found| matches!(found.status.phase, Phase::Ready { .. }));
        let why = match (canary.verdict(memory.trial.as_ref()), found) {
            (Some(Verdict::Undecided), Some(_)) => return Ok(Some(Pushed::Observe)),
            (Some(Verdict::Back(why)), _) => why,
            (Some(Verdict::Undecided | Verdict::On), None) => STOPPED.to_owned(),
            (None, _) if memory.trial.is_some() && !is_ready => STOPPED.to_owned(),
            (None, Some(found)) if is_ready && Canary::is_needed(&setup.fingerprint, &found.status) => {
                let begun = canary.begin(machine, &mut memory.trial, (setup, ask), &found.status).await?;
                memory.question = begun.question;
                return Ok(Some(
                    actual(machine, begun.status, memory)?.map_or(Pushed::Observe, Pushed::Actual),
                ));
            }
            (Some(Verdict::On), Some(_)) | (None, _) => return Ok(None),
        };
        match &mut memory.trial {
            Some(trial) => Err(canary.go_back(machine, trial, &why).await?),
            None => Ok(None),
        }
    }

    /// Returns the setup to run, or `None` if there are neither sources nor a previous binary.
    fn setup(&self, desired: &BackendDesired, before: Option<&BackendSetup>) -> Option<BackendSetup> {
        let name = |binary: &NativeBinary| self.binaries.join(format!("{PREFIX}{}", short(&binary.sha256)));
        let binary =
            desired.binary.as_ref().map(name).or_else(|| before.map(|setup| setup.binary.clone()))?;
        let BackendDesired { settings, credentials, secrets, .. } = desired;
        let print = hash::sha256(format!("{} {settings:?} {credentials:?}", binary.display()));
        // Unknown secrets stay as they are.
        let known = before.and_then(|setup| setup.fingerprint.split_once('.')).map(|(_, secrets)| secrets);
        let secrets = if secrets.is_empty() { known.unwrap_or_default() } else { short(secrets) };
        let fingerprint = format!("{print}.{secrets}");
        Some(BackendSetup {
            binary,
            settings: settings.clone(),
            credentials: credentials.clone(),
            fingerprint,
        })
    }

    /// Removes the binaries of releases that are no longer recorded, except the previous one, because its process may still
    /// finish its requests.
    async fn remove_others(
        &self,
        machine: &Machine,
        current: &BackendSetup,
        before: Option<&BackendSetup>,
        kept: &Kept,
    ) -> Result<(), Fault> {
        let entries = fs::read_dir(&self.binaries).map_err(files::fault("read", &self.binaries))?;
        let used = [Some(&current.binary), before.map(|setup| &setup.binary)];
        let is_kept = |path: &PathBuf| used.contains(&Some(path)) || kept.versions.contains(version_in(path));
        let others = entries.flatten().map(|entry| entry.path()).filter(|path| !is_kept(path));
        for path in others {
            machine.may_write().await?;
            files::remove(&path)?;
        }
        Ok(())
    }
}

fn actual(
    machine: &Machine,
    gateway: GatewayStatus,
    memory: &BackendMemory,
) -> Result<Option<BackendActual>, Fault> {
    let Some(status) = gateway.backend else { return Ok(None) };
    let setup = machine.folder.read()?;
    let (question, trial) = (memory.question.clone(), memory.trial.clone());
    Ok(Some(BackendActual { setup, status, question, trial }))
}

/// Returns whether the running process has secrets that are in no file.
pub(super) fn has_secrets(status: &BackendStatus) -> bool {
    let has_secrets = status.fingerprint.split_once('.').is_some_and(|(_, secrets)| !secrets.is_empty());
    has_secrets && matches!(status.phase, Phase::Ready { .. })
}

fn write(content: &Content, to: &Path) -> Result<(), Fault> {
    let bytes = content.read_blocking().map_err(files::fault("read", &content.name("the backend")))?;
    files::replace_with_mode(to, &bytes, 0o700).map_err(files::fault("write", to))
}

fn version(setup: &BackendSetup) -> String {
    version_in(&setup.binary).to_owned()
}

fn version_in(binary: &Path) -> &str {
    let name = binary.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.strip_prefix(PREFIX).unwrap_or(name)
}

/// Describes where the process's credentials come from.
fn describe(credentials: &Credentials) -> String {
    match credentials {
        Credentials::None => "none".to_owned(),
        Credentials::OpenAiKey { .. } => "a key".to_owned(),
        Credentials::Aws { profile: Some(profile), .. } => format!("the AWS profile {profile}"),
        Credentials::Aws { profile: None, .. } => "your AWS credentials".to_owned(),
    }
}

fn short(hash: &str) -> &str {
    hash.get(..SHORT).unwrap_or(hash)
}

#[cfg(test)]
mod tests;
