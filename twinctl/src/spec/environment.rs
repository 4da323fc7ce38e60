//! The settings of an environment, checked and with all defaults.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use contract::models::Price;
use persona::Allow;
use serde::{Deserialize, Serialize};

use super::kinds::Usd;
use super::words::{
    AccountId, ApiName, BucketName, Canary, DomainName, EmailAddress, EnvironmentName, FunctionName,
    HexColor, HostName, HttpsOrigin, HttpsUrl, LanguageCode, LogGroupName, ModelId, Origin, Profile,
    ProjectName, Region, RoleArn, RoleName, ServerUrl, Ttl, WebAclArn,
};

/// The desired settings of one twin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Environment {
    pub project: ProjectName,
    /// The name of the environment, and of its file.
    pub name: EnvironmentName,
    pub target: Target,
    pub region: Region,
    /// A profile in the AWS configuration files.
    pub profile: Option<Profile>,
    /// The role to assume before other calls to AWS.
    pub assume_role: Option<RoleArn>,
    /// The only account that may be changed.
    pub account: Option<AccountId>,
    pub model: Model,
    /// The limit of what the model may cost. `None` for the built-in model, which costs nothing.
    pub budget: Option<Budget>,
    pub prompt: Prompt,
    pub data: Data,
    pub lambda: Lambda,
    pub api: Api,
    /// Whether the API on AWS sends answers as streams.
    pub streaming: bool,
    /// `None` turns alarms and dashboard off.
    pub alarms: Option<Alarms>,
    /// The web ACL that CloudFront asks about each request of a visitor. `None` changes nothing.
    pub waf: Option<Waf>,
    pub web: Web,
    pub memory: Memory,
    /// The custom domain of the page.
    pub domain: Option<Domain>,
    pub local: Local,
    pub release: Release,
    /// Whether `destroy` refuses to delete the environment.
    pub protect: bool,
    /// How long the environment lives after a deploy, until `sweep` deletes it.
    pub ttl: Option<Ttl>,
    /// Whether pull requests get environments with these settings.
    pub preview: Option<Preview>,
    /// Additional tags for all resources.
    pub tags: BTreeMap<String, String>,
    pub names: Names,
    pub log_level: LogLevel,
}

/// When a preview is deployed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Preview {
    /// For each open pull request.
    #[default]
    PullRequest,
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

/// Settings of the data files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Data {
    /// The source: a folder, resolved like `web.bundle`, or a Git repository.
    pub from: DataSource,
    /// The kinds of private data that may be uploaded.
    pub allow: Allow,
    /// Whether `deploy` uploads them.
    pub upload_on_deploy: bool,
    /// The key file for encrypted data files, resolved like `web.bundle`.
    pub key_file: Option<PathBuf>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum DataSource {
    /// The default folder `data`, or the folder that [`persona::default_folder`] finds next to it.
    Default(PathBuf),
    Folder(PathBuf),
    /// As in the file: `git+https://…`.
    Git(String),
    /// The sample persona, whatever other files exist. Only previews have it.
    Sample,
}

impl DataSource {
    /// Returns the local folder, if the source is one.
    pub fn folder(&self) -> Option<PathBuf> {
        match self {
            Self::Default(data) => Some(persona::default_folder(data.parent().unwrap_or(Path::new("")))),
            Self::Folder(folder) => Some(folder.clone()),
            Self::Git(_) | Self::Sample => None,
        }
    }
}

/// Settings of the target `local`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Local {
    /// The address that the gateway listens on.
    pub host: IpAddr,
    pub port: u16,
    /// Whether to use the next free port if `port` is in use.
    pub next_free_port: bool,
    /// The folder that data files are copied to, resolved like `web.bundle`.
    pub data: Option<PathBuf>,
    /// The folder for conversations, resolved like `web.bundle`.
    pub memory: Option<PathBuf>,
    /// Additional hostnames that the gateway accepts in requests.
    pub allowed_hosts: Vec<HostName>,
    /// New conversations that are stored in a day.
    pub conversations_per_day: u16,
    /// New unanswered questions that are stored in a day.
    pub questions_per_day: u16,
    /// Addresses of proxies whose `X-Forwarded-For` names the visitor.
    pub trusted_proxies: Vec<IpAddr>,
    /// Whether systemd starts the twin at login and after a crash.
    pub service: Option<bool>,
}

/// The model that generates the replies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Model {
    Bedrock(ModelId),
    /// OpenAI, or an OpenAI-compatible server.
    OpenAi {
        id: String,
        base_url: Option<ServerUrl>,
    },
    /// Quotes the data files, without a model. Needs no permissions and costs nothing.
    Builtin,
}

impl Model {
    /// Returns the Bedrock model id to invoke in `region`. `None` without Bedrock.
    pub fn full_id(&self, region: &Region) -> Option<String> {
        match self {
            Self::Bedrock(id) => Some(id.full(region)),
            Self::OpenAi { .. } | Self::Builtin => None,
        }
    }
}

/// The limit of what the model may cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Budget {
    pub monthly_usd: Usd,
    /// The receiver of mail by AWS Budgets.
    pub email: Option<EmailAddress>,
    /// The price of the model's tokens, instead of the price in the table of models.
    pub price: Option<TokenPrice>,
}

/// A web application firewall.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waf {
    /// The web ACL of the distribution.
    pub arn: WebAclArn,
}

/// US dollars for a million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TokenPrice {
    pub input: Usd,
    pub output: Usd,
}

impl TokenPrice {
    /// Returns the price without cache prices, which are unknown.
    pub(crate) fn rates(self) -> Price {
        let (input, output) = (self.input.into(), self.output.into());
        Price { input, cached_input: None, output, cache_write: 1.0, regional: 1.0 }
    }
}

/// Settings of the instructions to the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Prompt {
    pub scope: Scope,
}

/// The subject of the twin, as its instructions state it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// The owner. It declines other tasks.
    #[default]
    Owner,
    Any,
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
    /// arm64 if this machine can build it, otherwise `x86_64`.
    #[default]
    Auto,
    Arm64,
    #[serde(rename = "x86_64")]
    X86_64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Api {
    pub throttle: Throttle,
    /// The origins of other pages that may call the API from a browser.
    pub cors_origins: Vec<Origin>,
    /// Whether the API also answers at its own address, without the distribution.
    pub direct_access: bool,
}

/// Limits of API Gateway: `rate` requests per second on average, and `burst` at once. `burst` is at least `rate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Throttle {
    pub burst: u16,
    pub rate: u16,
}

/// The default of [`Web::bundle`]: the page of this repository, which is embedded in a self-contained twinctl.
pub(crate) const DEFAULT_PAGE: &str = "twin-web/dist";

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Web {
    /// Relative to the folder that contains `environments/`.
    pub bundle: PathBuf,
    pub title: Option<String>,
    pub greeting: Option<String>,
    pub suggestions: Vec<String>,
    pub accent: Option<HexColor>,
    /// An image, resolved like `bundle`.
    pub avatar: Option<PathBuf>,
    /// Label and address of each link.
    pub links: Vec<(String, String)>,
    /// The privacy notice, in one line.
    pub privacy: Option<String>,
    /// The languages that the page may use; empty means all.
    pub languages: Vec<LanguageCode>,
    /// Whether to replace the API address that the page was built with. `None`: ask.
    pub rewrite_api: Option<bool>,
    /// The sites that may embed the page in a frame.
    pub frame_ancestors: Vec<HttpsOrigin>,
    /// Directives of the content security policy that replace the page's directives, with their sources.
    pub csp: Vec<(String, String)>,
}

/// The custom domain of the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Domain {
    pub name: DomainName,
    /// The hosted zone, if it is not the longest match.
    pub zone: Option<DomainName>,
    pub aliases: Vec<DomainName>,
    /// Whether to redirect `www.NAME` to the domain, or `NAME` if the domain starts with `www.`.
    pub www_redirect: bool,
    pub dns: Dns,
    /// Whether to overwrite DNS records that point elsewhere. An option of the command line, not of the file.
    #[serde(skip)]
    pub take_record: bool,
    /// Whether the environment is being destroyed, and the domain with it.
    #[serde(skip)]
    pub destroying: bool,
}

/// How the DNS records of a domain are created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dns {
    #[default]
    Route53,
    /// By the user, at another DNS provider.
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
            destroying: false,
        }
    }

    /// Returns all hostnames of the page, the main one first.
    pub fn names(&self) -> Vec<String> {
        let all = std::iter::once(&self.name).chain(&self.aliases).map(ToString::to_string);
        all.chain(self.redirected()).collect()
    }

    /// Returns the hostname that redirects to the main one, if any.
    pub fn redirected(&self) -> Option<String> {
        let name = self.name.as_str();
        let other = name.strip_prefix("www.").map_or_else(|| format!("www.{name}"), ToOwned::to_owned);
        self.www_redirect.then_some(other)
    }
}

/// Alarms and dashboard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alarms {
    pub email: Option<EmailAddress>,
    /// An address that SNS notifies, or a local twin itself.
    pub webhook: Option<HttpsUrl>,
    /// Tokens of a day, above which an alarm goes off.
    pub daily_tokens: Option<u32>,
    pub dashboard: bool,
}

impl Alarms {
    /// Returns whether the alarms notify this address.
    pub fn notify(&self, address: &str) -> bool {
        let email = self.email.as_ref().map(EmailAddress::as_str);
        [email, self.webhook.as_ref().map(HttpsUrl::as_str)].contains(&Some(address))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// `None` keeps conversations forever.
    pub expire_after_days: Option<u16>,
}

/// Checks of a new version before visitors reach it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Release {
    /// Whether it must answer a question.
    pub ask: bool,
    /// The share of the visitors that get it first. `None` switches all of them at once.
    pub canary: Option<Canary>,
}

/// Physical names that replace the generated ones.
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
