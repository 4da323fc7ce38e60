//! The documents in a twin's folder, and the messages of the gateway's control server.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use jiff::Timestamp;
use reconcile::Fault;
use serde::{Deserialize, Serialize};

use crate::{
    artifacts::web::PageSettings,
    system::host::Process,
    twin::{canary::Answers, question::Report},
};

/// `door.json`: what the gateway serves. Twins of earlier versions have the file under this name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewaySetup {
    pub host: IpAddr,
    /// The first port to try; 0 selects any free port.
    pub port: u16,
    /// Whether to try the following ports if the port is in use.
    pub next_free_port: bool,
    pub throttle: Throttle,
    #[serde(flatten)]
    pub page: PageSetup,
    /// Origins that may show the page in a frame.
    pub frame_ancestors: Vec<String>,
    /// Hostnames besides `localhost` that are accepted if the gateway listens on a loopback address.
    pub allowed_hosts: Vec<String>,
    /// Proxies that report their visitors' addresses in `X-Forwarded-For`.
    #[serde(default)]
    pub trusted_proxies: Vec<IpAddr>,
    /// Origins of other sites whose pages may send messages.
    #[serde(default)]
    pub allowed_origins: Vec<String>,
    /// When old conversations are deleted. `None` keeps them.
    pub memory: Option<Expiry>,
    /// Which alarms go off. `None` turns them off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarms: Option<AlarmSetup>,
}

/// The page that is served. It is replaced as a whole, so that its files and headers match.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageSetup {
    /// Name of the page's folder in `pages/`.
    #[serde(rename = "page")]
    pub name: String,
    /// Files that browsers must revalidate although their names contain a hash.
    #[serde(default)]
    pub revalidated: BTreeSet<String>,
    #[serde(flatten)]
    pub settings: PageSettings,
}

/// Limits of API requests: `rate` per second on average, and up to `burst` at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttle {
    pub burst: u32,
    pub rate: u32,
}

/// The alarms of a twin, and where they are reported besides the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmSetup {
    /// The beginning of the alarms' names in messages to the webhook.
    pub twin: String,
    pub webhook: Option<String>,
    /// The key that signs messages to the webhook.
    pub key: String,
    pub daily_tokens: Option<u32>,
}

/// Conversations in `folder` are deleted `days` after their last change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiry {
    pub folder: PathBuf,
    pub days: u32,
}

/// `backend.json`: which twin-lambda runs, and with which settings. It contains no secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackendSetup {
    pub binary: PathBuf,
    /// Environment variables of twin-lambda.
    pub settings: BTreeMap<String, String>,
    pub credentials: Credentials,
    /// Hash of the setup. If it differs from the running process's, the process is replaced.
    pub fingerprint: String,
}

/// Where the process's credentials are found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Credentials {
    None,
    OpenAiKey {
        /// Files that may contain the key: `.env` files with `OPENAI_API_KEY=…`, and key files. The first key is used.
        files: Vec<PathBuf>,
    },
    Aws {
        profile: Option<String>,
        /// Whether to use no other credentials than those of the profile.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        only_profile: bool,
        region: String,
        assume_role: Option<String>,
        endpoint_url: Option<String>,
    },
}

/// `running.json`: the running gateway and how to connect to its control server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    pub process: Process,
    pub control: SocketAddr,
    pub token: Token,
    /// Identifies the build of twinctl that the gateway runs.
    pub executable: String,
    /// The public address.
    pub address: SocketAddr,
}

/// The token that control requests must contain.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(pub(super) String);

/// Environment variables that are kept in memory only, and never written to a file.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secrets(pub BTreeMap<String, String>);

/// Request to read the files again.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Reload {
    pub secrets: Secrets,
    /// Whether a new backend must answer a question.
    #[serde(default)]
    pub ask: bool,
    /// Whether the backend is neither started nor replaced. A broken one cannot be started again, but may be about to be replaced.
    #[serde(default)]
    pub keep_backend: bool,
}

/// Request about a second backend, which gets a share of the conversations and is in no file: a gateway that is started again
/// does not know it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum CanaryStep {
    /// Start it, beside the running one.
    Begin {
        setup: Box<BackendSetup>,
        secrets: Secrets,
        percent: u8,
        /// Whether it must answer a question first.
        ask: bool,
    },
    /// Check its health, and ask it a question if `ask` is set.
    Check { ask: bool },
    /// Stop it.
    End,
}

/// The response to a [`Reload`] or a [`CanaryStep`]: the status after it, or that before [`CanaryStep::End`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reloaded {
    #[serde(flatten)]
    pub status: GatewayStatus,
    /// The report about the question, if a backend was asked one.
    #[serde(default)]
    pub question: Option<Report>,
}

/// Request to hand over to a gateway that runs another executable.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HandOver {
    pub executable: PathBuf,
}

/// The status of the running gateway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GatewayStatus {
    pub process: Process,
    /// The folder that the gateway was started for. Not reported by a gateway of an earlier twinctl.
    #[serde(default)]
    pub folder: Option<PathBuf>,
    pub address: SocketAddr,
    pub since: Timestamp,
    pub executable: String,
    /// The setup that is served. A failed reload does not change it.
    pub setup: GatewaySetup,
    pub backend: Option<BackendStatus>,
    pub requests: Requests,
    /// The alarms that are on, by name.
    #[serde(default)]
    pub alarms: BTreeMap<String, ActiveAlarm>,
}

/// An alarm that is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveAlarm {
    pub since: Timestamp,
    pub reason: String,
}

/// The status of the backend process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackendStatus {
    pub fingerprint: String,
    /// How often the process was restarted.
    pub restarts: u32,
    pub phase: Phase,
    /// The second backend, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary: Option<CanaryStatus>,
}

/// The status of a second backend, which gets a share of the conversations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CanaryStatus {
    pub fingerprint: String,
    /// Its answers to visitors, and those of the other backend since it was started.
    pub new: Answers,
    pub old: Answers,
    /// Why it exited. The other backend has all conversations again.
    pub failure: Option<GatewayError>,
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
    /// The process exited or did not start. It is started again at `until`.
    Waiting {
        until: Timestamp,
        why: GatewayError,
    },
}

/// Numbers of requests since the gateway started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requests {
    pub total: u64,
    pub throttled: u64,
    /// Requests that got a status of 500 or more, or no complete response.
    pub failed: u64,
    /// Requests in progress.
    pub open: u64,
}

/// An error of the gateway or its backend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{reason}")]
pub struct GatewayError {
    pub reason: String,
    /// The last log lines of the process that failed, if one did.
    pub log: Vec<String>,
}

impl GatewayError {
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), log: Vec::new() }
    }
}

impl From<Fault> for GatewayError {
    fn from(fault: Fault) -> Self {
        Self::new(fault.to_string())
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
