//! What an environment is: the meaning of its file, checked, with every default filled in.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use persona::Allow;
use serde::Serialize;

use super::words::{
    AccountId, ApiName, BucketName, Colour, EnvironmentName, FunctionName, HostName, HttpsOrigin,
    LanguageCode, LogGroupName, ModelId, Origin, Profile, ProjectName, Region, RoleArn, RoleName, ServerUrl,
};

/// One twin, as its owner wants it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Environment {
    pub project: ProjectName,
    /// Also the name of the file it was read from.
    pub name: EnvironmentName,
    pub target: Target,
    pub region: Region,
    /// A profile of the AWS configuration files.
    pub profile: Option<Profile>,
    /// A role to take on before anything is asked of AWS.
    pub assume_role: Option<RoleArn>,
    /// The only account that may be touched.
    pub account: Option<AccountId>,
    pub model: Model,
    pub data: Data,
    pub lambda: Lambda,
    pub api: Api,
    pub web: Web,
    pub memory: Memory,
    pub local: Local,
    /// `destroy` refuses.
    pub protect: bool,
    /// The owner's own tags, put beside ours.
    pub tags: BTreeMap<String, String>,
    pub names: Names,
    pub log_level: LogLevel,
}

/// Where the twin runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    #[default]
    Aws,
    /// This machine.
    Local,
}

/// The owner's own files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Data {
    /// Where they come from: a folder, resolved like `web.bundle`, or a git repository.
    pub from: DataSource,
    /// What of a private kind may go online all the same.
    pub allow: Allow,
    /// Whether `deploy` brings them.
    pub upload_on_deploy: bool,
    /// What opens encrypted files, resolved like `web.bundle`.
    pub key_file: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum DataSource {
    /// Nobody has said: this folder, or where other twins keep theirs.
    Usual(PathBuf),
    Folder(PathBuf),
    /// As it is written: `git+https://…`.
    Git(String),
}

impl DataSource {
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Usual(folder) | Self::Folder(folder) => Some(folder),
            Self::Git(_) => None,
        }
    }
}

/// What only the target `local` reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Local {
    /// The address that the front door listens at.
    pub host: IpAddr,
    pub port: u16,
    /// Takes the next port where this one is taken.
    pub next_free_port: bool,
    /// Where the persona files are copied to, resolved like `web.bundle`.
    pub data: Option<PathBuf>,
    /// Where conversations are kept, resolved like `web.bundle`.
    pub memory: Option<PathBuf>,
    /// Names that the front door answers to, besides this machine's own.
    pub allowed_hosts: Vec<HostName>,
    /// Started at login and again after a crash, by systemd.
    pub service: Option<bool>,
}

/// Who thinks up the replies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Model {
    Bedrock(ModelId),
    /// OpenAI, or a server that speaks its language.
    OpenAi {
        id: String,
        base_url: Option<ServerUrl>,
    },
    /// Quotes the owner's own files: no cost, no rights.
    Builtin,
}

impl Model {
    /// The id to invoke in `region`, when there is a model to invoke.
    pub fn full_id(&self, region: &Region) -> Option<String> {
        match self {
            Self::Bedrock(id) => Some(id.full(region)),
            Self::OpenAi { .. } | Self::Builtin => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lambda {
    pub memory_mb: u16,
    pub timeout_s: u16,
    pub architecture: Architecture,
    pub reserved_concurrency: Option<u16>,
    pub log_retention_days: u16,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Architecture {
    /// What the building host can build: arm64 where it can.
    #[default]
    Auto,
    Arm64,
    #[serde(rename = "x86_64")]
    X86_64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Api {
    pub throttle: Throttle,
    /// Pages elsewhere that may call the API from a browser.
    pub cors_origins: Vec<Origin>,
    /// The API's own address answers too, not only the distribution.
    pub direct_access: bool,
}

/// At most `rate` requests a second in the long run, `burst` at once; never below `rate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Throttle {
    pub burst: u16,
    pub rate: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Web {
    /// Resolved against the folder that holds `environments/`.
    pub bundle: PathBuf,
    pub title: Option<String>,
    pub greeting: Option<String>,
    pub suggestions: Vec<String>,
    pub accent: Option<Colour>,
    /// An image, resolved like `bundle`.
    pub avatar: Option<PathBuf>,
    /// Label and address of each.
    pub links: Vec<(String, String)>,
    /// What is done with what visitors say, in one line.
    pub privacy: Option<String>,
    /// The languages that the page may choose from; all without it.
    pub languages: Vec<LanguageCode>,
    /// Whether an address of the API that the page was built with is replaced; asked about when it is not said.
    pub rewrite_api: Option<bool>,
    /// Sites that may show the page in a frame.
    pub frame_ancestors: Vec<HttpsOrigin>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// Conversations are kept for ever without it.
    pub expire_after_days: Option<u16>,
}

/// Physical names to keep instead of the generated ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Names {
    pub frontend_bucket: Option<BucketName>,
    pub memory_bucket: Option<BucketName>,
    pub data_bucket: Option<BucketName>,
    pub function: Option<FunctionName>,
    pub role: Option<RoleName>,
    pub api: Option<ApiName>,
    pub log_group: Option<LogGroupName>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    Error,
    Warn,
    #[default]
    Info,
    Debug,
}
