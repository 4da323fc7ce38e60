//! What the front door reads from its folder, and what it says over its control connection.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::system::host::Process;

/// `door.json`: what the front door serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorSetup {
    pub host: IpAddr,
    /// The first port to try; 0 takes any that is free.
    pub port: u16,
    /// Whether one of the ports after it will do where it is taken.
    pub next_free_port: bool,
    pub throttle: Throttle,
    /// The folder of the page under `pages/`.
    pub page: String,
    /// Files that a browser has to ask for anew, although their names have a hash.
    #[serde(default)]
    pub revalidated: BTreeSet<String>,
    /// Hashes of the page's inline scripts, as a content security policy spells them.
    pub script_hashes: Vec<String>,
    /// Who may show the page in a frame.
    pub frame_ancestors: Vec<String>,
    /// Pretty paths that the rule would get wrong, and their files.
    pub paths: BTreeMap<String, String>,
    /// Names besides `localhost` that a visitor may use while only this machine can reach the door.
    pub allowed_hosts: Vec<String>,
    /// Conversations that are to go when they get old.
    pub memory: Option<Expiry>,
}

/// At most `rate` requests a second in the long run, `burst` at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttle {
    pub burst: u32,
    pub rate: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiry {
    pub folder: PathBuf,
    pub days: u32,
}

/// `backend.json`: which twin-lambda is run, and how. It holds no secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackendSetup {
    pub binary: PathBuf,
    /// The environment of twin-lambda.
    pub settings: BTreeMap<String, String>,
    pub credentials: Credentials,
    /// A hash of all that matters: another one means another process.
    pub fingerprint: String,
}

/// What the process needs besides its settings, and where it is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Credentials {
    None,
    OpenAiKey {
        /// `.env` files with `OPENAI_API_KEY=…`, and files that hold the key alone, in the order they are tried.
        files: Vec<PathBuf>,
    },
    Aws {
        profile: Option<String>,
        region: String,
        assume_role: Option<String>,
        endpoint_url: Option<String>,
    },
}

/// `running.json`: the front door that runs, and how to speak with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    pub process: Process,
    pub control: SocketAddr,
    pub token: Token,
    /// Which build of twinctl the front door is.
    pub executable: String,
    /// Where visitors reach it.
    pub address: SocketAddr,
}

/// What whoever controls the door has to show.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(pub(super) String);

/// Values that are kept in memory only.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secrets(pub BTreeMap<String, String>);

/// Asks the door to read its files again.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Reload {
    pub secrets: Secrets,
}

/// Asks the door to leave its place to another executable.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HandOver {
    pub executable: PathBuf,
}

/// What runs now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorStatus {
    pub process: Process,
    pub address: SocketAddr,
    pub since: Timestamp,
    pub executable: String,
    /// As it is served, which a refused reload leaves as it was.
    pub setup: DoorSetup,
    pub backend: Option<BackendStatus>,
    pub requests: Requests,
}

/// The process behind the door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackendStatus {
    pub fingerprint: String,
    /// How often it had to be started again.
    pub restarts: u32,
    pub phase: Phase,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum Phase {
    Starting,
    Ready {
        pid: u32,
        port: u16,
        since: Timestamp,
    },
    /// It ended, or never got ready, and is started again then.
    Waiting {
        until: Timestamp,
        why: Refusal,
    },
}

/// Requests since the door was started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requests {
    pub total: u64,
    pub throttled: u64,
    /// Answered with a status of 500 or more, or not at all.
    pub failed: u64,
    /// Being answered right now.
    pub open: u64,
}

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    pub reason: String,
    /// The last lines of the process's log, where it is the process that failed.
    pub log: Vec<String>,
}

impl Refusal {
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), log: Vec::new() }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
