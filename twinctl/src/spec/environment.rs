//! What an environment is: the meaning of its file, checked, with every default filled in.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use persona::Allow;
use serde::{Deserialize, Serialize};

use super::words::{
    AccountId, ApiName, BucketName, Colour, DomainName, EnvironmentName, FunctionName, HostName, HttpsOrigin,
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
    /// Names of the owner's own for the page.
    pub domain: Option<Domain>,
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
    /// Nobody has said: this folder, or beside it where other twins keep theirs.
    Usual(PathBuf),
    Folder(PathBuf),
    /// As it is written: `git+https://…`.
    Git(String),
}

impl DataSource {
    /// `None` where they do not lie in a folder of this machine.
    pub fn folder(&self) -> Option<PathBuf> {
        match self {
            Self::Usual(data) => Some(persona::default_folder(data.parent().unwrap_or(Path::new("")))),
            Self::Folder(folder) => Some(folder.clone()),
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

/// Names of the owner's own for the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Domain {
    pub name: DomainName,
    /// The hosted zone, where it is not the best match.
    pub zone: Option<DomainName>,
    pub aliases: Vec<DomainName>,
    /// The name with or without `www.`, whichever it is not, leads to it.
    pub www_redirect: bool,
    pub dns: Dns,
    /// Records of somebody else at one of the names may be replaced: said on the command line, never in a file.
    #[serde(skip)]
    pub take_record: bool,
    /// The environment is being destroyed, and this goes with it.
    #[serde(skip)]
    pub leaving: bool,
}

/// Who writes the records of a domain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dns {
    #[default]
    Route53,
    /// The owner, elsewhere.
    Manual,
}

impl Domain {
    pub fn named(name: DomainName) -> Self {
        Self {
            name,
            zone: None,
            aliases: Vec::new(),
            www_redirect: false,
            dns: Dns::default(),
            take_record: false,
            leaving: false,
        }
    }

    /// Every name that leads to the page, the first one first.
    pub fn names(&self) -> Vec<String> {
        let all = std::iter::once(&self.name).chain(&self.aliases).map(ToString::to_string);
        all.chain(self.redirected()).collect()
    }

    /// The name that only leads to the first one.
    pub fn redirected(&self) -> Option<String> {
        let name = self.name.as_str();
        let other = name.strip_prefix("www.").map_or_else(|| format!("www.{name}"), ToOwned::to_owned);
        self.www_redirect.then_some(other)
    }
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
