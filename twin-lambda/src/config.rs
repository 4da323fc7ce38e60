//! Settings, read from environment variables. All errors are reported together.

mod aws;
mod budget;
mod model;
mod origin;
mod reader;

use std::collections::BTreeMap;
use std::path::PathBuf;

use contract::variable::{self, provider, scope};

pub use aws::{AwsSettings, Credentials, Service};
pub use budget::{BudgetSettings, UsageLocation};
pub use model::{KeySource, ModelChoice};
pub use origin::OriginSecrets;
pub use reader::ConfigErrors;
use reader::Reader;

#[derive(Debug)]
pub struct Config {
    /// The published version of the Lambda function, otherwise the version of this crate.
    pub version: String,
    pub environment: String,
    pub model: ModelChoice,
    /// The limit of what the model may cost, if any.
    pub budget: Option<BudgetSettings>,
    pub memory: Location,
    pub memory_expiry: Expiry,
    pub persona: Location,
    pub scope: Scope,
    pub cors: Vec<String>,
    pub origin: OriginSecrets,
    pub log_level: LogLevel,
    pub turns_per_minute: u32,
    pub daily_limits: DailyLimits,
    pub invoke_mode: InvokeMode,
    pub aws: AwsSettings,
    /// A PEM file of certificates to trust in addition to the public ones.
    pub ca_bundle: Option<PathBuf>,
}

/// The subject of the twin, as its instructions state it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// The owner. It declines other tasks, so that visitors do not use up the owner's model.
    #[default]
    Owner,
    Any,
}

/// Where objects are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    Bucket(String),
    Folder(PathBuf),
}

/// Whether stored objects are marked, so that they expire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    Off,
    /// Each object that is written is marked; see [`contract::expiry`].
    On,
}

/// How many conversations and questions may be added in a day; 0 means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DailyLimits {
    pub conversations: u32,
    pub questions: u32,
}

/// Which lines are logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogLevel {
    /// All, with visitors' questions. Email addresses, phone numbers, card numbers and keys are removed.
    Debug,
    #[default]
    Info,
    Warn,
    Error,
}

/// Which callers of the function can receive a stream. An HTTP API always buffers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvokeMode {
    /// REST APIs stream, as twinctl's do.
    RestApi,
    /// No caller.
    Buffered,
    /// REST APIs, and the function URL.
    ResponseStream,
}

impl Config {
    pub fn read(environment: &BTreeMap<String, String>) -> Result<Self, ConfigErrors> {
        let mut reader = Reader::new(environment);
        let (model, memory) = (model::read(&mut reader), memory(&mut reader));
        let config = Self {
            version: reader
                .text(&["AWS_LAMBDA_FUNCTION_VERSION"])
                .unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned()),
            environment: reader.text(&[variable::ENVIRONMENT]).unwrap_or_else(|| "local".to_owned()),
            budget: budget::read(&mut reader, &model, matches!(memory, Location::Folder(_))),
            model,
            memory,
            memory_expiry: match reader.flag(variable::MEMORY_EXPIRES) {
                Some(true) => Expiry::On,
                Some(false) | None => Expiry::Off,
            },
            persona: persona(&mut reader),
            scope: scope(&mut reader),
            cors: cors(&mut reader),
            origin: OriginSecrets::read(&mut reader),
            log_level: log_level(&mut reader),
            turns_per_minute: reader.number(variable::TURNS_PER_MINUTE, 10),
            daily_limits: DailyLimits {
                conversations: reader.number(variable::CONVERSATIONS_PER_DAY, 0),
                questions: reader.number(variable::QUESTIONS_PER_DAY, 0),
            },
            invoke_mode: invoke_mode(&mut reader),
            aws: AwsSettings::read(&reader),
            ca_bundle: reader.text(&["AWS_CA_BUNDLE", "SSL_CERT_FILE"]).map(PathBuf::from),
        };
        check_credentials(&config, &mut reader);
        reader.finish(config)
    }

    /// Returns the model provider as a value of `AI_PROVIDER`.
    pub fn ai_provider(&self) -> &'static str {
        match self.model {
            ModelChoice::Builtin => provider::BUILTIN,
            ModelChoice::Bedrock { .. } => provider::BEDROCK,
            ModelChoice::OpenAi { .. } => provider::OPENAI,
        }
    }

    pub fn ai_model(&self) -> &str {
        match &self.model {
            ModelChoice::Builtin => provider::BUILTIN,
            ModelChoice::Bedrock { model } | ModelChoice::OpenAi { model, .. } => model,
        }
    }
}

fn memory(reader: &mut Reader) -> Location {
    let bucket = reader.text(&[variable::MEMORY_BUCKET, "S3_MEMORY_BUCKET", "S3_BUCKET"]);
    let use_s3 = reader.flag(variable::USE_S3);
    if use_s3 == Some(true) && bucket.is_none() {
        reader.error("USE_S3 is true, but MEMORY_BUCKET is not set");
    }
    match bucket {
        Some(bucket) if use_s3 != Some(false) => Location::Bucket(bucket),
        _ => folder(reader, variable::MEMORY_DIR, "memory"),
    }
}

fn persona(reader: &mut Reader) -> Location {
    match reader.text(&[variable::PERSONAL_DATA_BUCKET, "S3_PERSONA_BUCKET"]) {
        Some(bucket) if reader.flag(variable::USE_S3) != Some(false) => Location::Bucket(bucket),
        _ => folder(reader, variable::DATA_DIR, "data"),
    }
}

fn folder(reader: &Reader, name: &str, default: &str) -> Location {
    Location::Folder(reader.text(&[name]).map_or_else(|| PathBuf::from(default), PathBuf::from))
}

fn scope(reader: &mut Reader) -> Scope {
    match reader.text(&[variable::PROMPT_SCOPE]).as_deref() {
        None | Some(scope::OWNER) => Scope::Owner,
        Some(scope::ANY) => Scope::Any,
        Some(other) => {
            reader.error(format!("PROMPT_SCOPE is {other:?}, but must be owner or any"));
            Scope::Owner
        }
    }
}

fn cors(reader: &mut Reader) -> Vec<String> {
    let origins = reader.list(variable::CORS_ORIGINS);
    for origin in &origins {
        let after_scheme = origin.split_once("://").map(|(_, rest)| rest);
        if origin != "*" && after_scheme.is_none_or(|rest| rest.is_empty() || rest.contains('/')) {
            reader.error(format!(
                "CORS_ORIGINS contains {origin:?}, but an origin consists of a scheme and a host, for example https://example.com"
            ));
        }
    }
    origins
}

fn log_level(reader: &mut Reader) -> LogLevel {
    let level = reader.text(&[variable::LOG_LEVEL]).unwrap_or_default().to_lowercase();
    match level.as_str() {
        "debug" | "trace" => LogLevel::Debug,
        "" | "info" => LogLevel::Info,
        "warn" | "warning" => LogLevel::Warn,
        "error" | "critical" => LogLevel::Error,
        other => {
            reader.error(format!("LOG_LEVEL is {other:?}, but must be debug, info, warn or error"));
            LogLevel::Info
        }
    }
}

fn invoke_mode(reader: &mut Reader) -> InvokeMode {
    match reader.text(&[variable::INVOKE_MODE]).map(|mode| mode.to_lowercase()).as_deref() {
        None => InvokeMode::RestApi,
        Some("buffered") => InvokeMode::Buffered,
        Some("response_stream") => InvokeMode::ResponseStream,
        Some(other) => {
            reader.error(format!("INVOKE_MODE is {other:?}, but must be buffered or response_stream"));
            InvokeMode::Buffered
        }
    }
}

fn check_credentials(config: &Config, reader: &mut Reader) {
    let is_bucket = |location: &Location| matches!(location, Location::Bucket(_));
    let reason = match &config.model {
        ModelChoice::Bedrock { .. } => Some("AI_PROVIDER=bedrock"),
        ModelChoice::OpenAi { key: KeySource::Secret(_), .. } => Some(variable::OPENAI_SECRET_ARN),
        _ if config.budget.as_ref().is_some_and(BudgetSettings::has_table) => Some(variable::USAGE_TABLE),
        _ if is_bucket(&config.memory) => Some(variable::MEMORY_BUCKET),
        _ if is_bucket(&config.persona) => Some(variable::PERSONAL_DATA_BUCKET),
        _ => None,
    };
    if let (Some(reason), None) = (reason, &config.aws.credentials) {
        reader.error(format!(
            "{reason} requires AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (Lambda sets them automatically)"
        ));
    }
}

#[cfg(test)]
mod tests;
