//! twin-lambda as a process behind the front door, which keeps it running.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use reconcile::{Backoff, Change, Changes, Class, Fault, Ownership, Pushed, Removed, Resource, Status, Wait};

use super::machine::Machine;
use crate::system::files;
use crate::{
    artifacts::NativeBinary,
    system::hash,
    targets::local::gateway::{BackendSetup, BackendStatus, Credentials, GatewayStatus, Phase},
};

/// A process is up within some milliseconds; one that fails is tried again with growing pauses.
const STARTING: Backoff = Backoff::from_millis(50, 500, 15_000);
const PREFIX: &str = "twin-lambda-";
/// Of a hash, where people read it.
const SHORT: usize = 12;

/// The process. `binaries` is where a copy of each is kept, so that a build does not change what runs.
#[derive(Debug)]
pub(super) struct Backend {
    pub(super) binaries: PathBuf,
}

#[derive(Debug, Clone)]
pub(super) struct BackendDesired {
    /// Without sources the one that runs stays.
    pub(super) binary: Option<NativeBinary>,
    pub(super) settings: BTreeMap<String, String>,
    pub(super) credentials: Credentials,
    /// Another one when the process gets to know other secrets.
    pub(super) secrets: String,
}

#[derive(Debug, Clone)]
pub(super) struct BackendActual {
    /// As its file says.
    setup: Option<BackendSetup>,
    /// What runs, whatever its file says.
    status: BackendStatus,
}

/// What others say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BackendOutput {
    /// The beginning of the binary's hash.
    pub(super) version: String,
    pub(super) status: BackendStatus,
}

impl Resource for Backend {
    type Cloud = Machine;
    type Desired = BackendDesired;
    type Actual = BackendActual;
    type Output = BackendOutput;
    type Memory = ();

    async fn observe(&self, machine: &Machine, _: &mut Self::Memory) -> Result<Option<BackendActual>, Fault> {
        Ok(machine.status().await?.map(|door| actual(machine, door)).transpose()?.flatten())
    }

    /// The place says whose it is.
    fn ownership(&self, _: &BackendActual) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, desired: &BackendDesired, actual: Option<&BackendActual>) -> Vec<Change> {
        let before = actual.and_then(|actual| actual.setup.as_ref());
        let Some(wanted) = self.wanted(desired, before) else { return Vec::new() };
        let mut changes = Changes::new();
        let nothing = BTreeMap::new();
        changes.value("binary", &version(&wanted), before.map(version).as_ref());
        changes.map("settings", &wanted.settings, before.map_or(&nothing, |setup| &setup.settings));
        let credentials = |setup: &BackendSetup| told(&setup.credentials);
        changes.value("credentials", &credentials(&wanted), before.map(credentials).as_ref());
        let changes = changes.into_vec();
        let running = actual.map(|actual| &actual.status.fingerprint);
        if !changes.is_empty() || running == Some(&wanted.fingerprint) {
            return changes;
        }
        // What people may read is the same: it is a key, or a file that was never acted on.
        let print = |print: &String| print.split('.').next().map(short).unwrap_or_default().to_owned();
        let (was, will) = (running.map(print), print(&wanted.fingerprint));
        let mut changes = Changes::new();
        if was.as_ref() == Some(&will) {
            changes.secret("key", Some(&wanted.fingerprint), running);
        } else {
            changes.value("process", &will, was.as_ref());
        }
        changes.into_vec()
    }

    fn status(&self, actual: &BackendActual) -> Status {
        match &actual.status.phase {
            Phase::Ready { .. } => Status::Ready,
            Phase::Starting => Status::Settling(Wait::new("twin-lambda to answer", STARTING)),
            Phase::Waiting { why, .. } => {
                Status::Settling(Wait::new(format!("twin-lambda to stay up: {}", why.reason), STARTING))
            }
        }
    }

    /// When the new process does not get ready, the old one stays, and so does its file.
    async fn converge(
        &self,
        machine: &Machine,
        _: &mut Self::Memory,
        desired: &BackendDesired,
        before: Option<&BackendActual>,
    ) -> Result<Pushed<BackendActual>, Fault> {
        let before = before.and_then(|actual| actual.setup.as_ref());
        let Some(wanted) = self.wanted(desired, before) else {
            return Err(Fault::new(Class::Refused, "twin-lambda itself is needed for this"));
        };
        if let Some(binary) = desired.binary.as_ref().filter(|_| !wanted.binary.exists()) {
            copy(&binary.path, &wanted.binary)?;
        }
        machine.folder.write(&wanted)?;
        match machine.reload().await {
            Ok(door) => {
                self.remove_others(&wanted, before)?;
                Ok(actual(machine, door)?.map_or(Pushed::Observe, Pushed::Actual))
            }
            Err(fault) => {
                if let Some(before) = before {
                    machine.folder.write(before)?;
                }
                Err(fault)
            }
        }
    }

    async fn delete(
        &self,
        machine: &Machine,
        _: &mut Self::Memory,
        _: &BackendActual,
    ) -> Result<Removed, Fault> {
        machine.folder.remove::<BackendSetup>()?;
        if machine.control()?.is_some() {
            machine.reload().await?;
        }
        files::remove(&self.binaries).map(|()| Removed::Done)
    }

    fn output(&self, actual: &BackendActual) -> Option<BackendOutput> {
        let version = actual.setup.as_ref().map(version).unwrap_or_default();
        Some(BackendOutput { version, status: actual.status.clone() })
    }
}

impl Backend {
    /// `None` when there are neither sources nor anything that ran before.
    fn wanted(&self, desired: &BackendDesired, before: Option<&BackendSetup>) -> Option<BackendSetup> {
        let name = |binary: &NativeBinary| self.binaries.join(format!("{PREFIX}{}", short(&binary.sha256)));
        let binary =
            desired.binary.as_ref().map(name).or_else(|| before.map(|setup| setup.binary.clone()))?;
        let BackendDesired { settings, credentials, secrets, .. } = desired;
        let print = hash::sha256(format!("{} {settings:?} {credentials:?}", binary.display()));
        // Who does not know the secrets now does not change them.
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

    /// The one before stays for a process that still finishes what it has.
    fn remove_others(&self, wanted: &BackendSetup, before: Option<&BackendSetup>) -> Result<(), Fault> {
        let entries = fs::read_dir(&self.binaries).map_err(files::fault("read", &self.binaries))?;
        let kept = [Some(&wanted.binary), before.map(|setup| &setup.binary)];
        let others = entries.flatten().map(|entry| entry.path()).filter(|path| !kept.contains(&Some(path)));
        others.into_iter().try_for_each(|path| files::remove(&path))
    }
}

fn actual(machine: &Machine, door: GatewayStatus) -> Result<Option<BackendActual>, Fault> {
    let Some(status) = door.backend else { return Ok(None) };
    let setup = machine.folder.read()?;
    Ok(Some(BackendActual { setup, status }))
}

/// Whether the process that runs was given secrets which no file has.
pub(super) fn has_secrets(status: &BackendStatus) -> bool {
    let told = status.fingerprint.split_once('.').is_some_and(|(_, secrets)| !secrets.is_empty());
    told && matches!(status.phase, Phase::Ready { .. })
}

fn copy(from: &Path, to: &Path) -> Result<(), Fault> {
    let bytes = fs::read(from).map_err(files::fault("read", from))?;
    files::write_with_mode(to, &bytes, 0o700)
}

fn version(setup: &BackendSetup) -> String {
    let name = setup.binary.file_name().unwrap_or_default().to_string_lossy();
    name.strip_prefix(PREFIX).unwrap_or(&name).to_owned()
}

/// Where the process's credentials come from.
fn told(credentials: &Credentials) -> String {
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
