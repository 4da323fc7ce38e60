//! The settings of a function. A change of any of them requires a new version.

use std::{collections::BTreeMap, sync::Arc};

use aws_sdk_lambda::types::{
    EphemeralStorage, FileSystemConfig, FunctionConfiguration, LogFormat, Runtime, TracingMode,
};
use reconcile::{Change, Changes};

use crate::artifacts::{lambda::LambdaZip, settings};

pub(super) const RUNTIME: Runtime = Runtime::Providedal2023;
pub(super) const HANDLER: &str = "bootstrap";
pub(super) const STORAGE_MB: i32 = 512;

#[derive(Debug, Clone)]
pub struct FunctionDesired {
    pub role_arn: String,
    /// Without code, the existing code is kept.
    pub code: Option<Arc<LambdaZip>>,
    pub memory_mb: u16,
    pub timeout_s: u16,
    pub environment: BTreeMap<String, String>,
    pub log_group: String,
    pub reserved_concurrency: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Settings {
    runtime: String,
    handler: String,
    role: String,
    memory_mb: i32,
    timeout_s: i32,
    environment: BTreeMap<String, String>,
    log_group: String,
    log_format: String,
    /// Settings that twinctl never sets, if they are not at AWS's default.
    pub(super) unmanaged: BTreeMap<Unmanaged, String>,
}

/// A setting that twinctl leaves at AWS's default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unmanaged {
    DeadLetters,
    Description,
    FileSystems,
    Key,
    Layers,
    Storage,
    Tracing,
    Vpc,
}

impl Unmanaged {
    const fn name(self) -> &'static str {
        match self {
            Self::DeadLetters => "dead_letter_target",
            Self::Description => "description",
            Self::FileSystems => "file_systems",
            Self::Key => "kms_key",
            Self::Layers => "layers",
            Self::Storage => "storage_mb",
            Self::Tracing => "tracing",
            Self::Vpc => "vpc_subnets",
        }
    }
}

impl Settings {
    pub(super) fn wanted(desired: &FunctionDesired) -> Self {
        Self {
            runtime: RUNTIME.to_string(),
            handler: HANDLER.to_owned(),
            role: desired.role_arn.clone(),
            memory_mb: desired.memory_mb.into(),
            timeout_s: desired.timeout_s.into(),
            environment: desired.environment.clone(),
            log_group: desired.log_group.clone(),
            log_format: LogFormat::Text.to_string(),
            unmanaged: BTreeMap::new(),
        }
    }

    pub(super) fn of(configuration: &FunctionConfiguration) -> Self {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let variables =
            configuration.environment.as_ref().and_then(|environment| environment.variables.clone());
        let logging = configuration.logging_config.as_ref();
        let format = logging.and_then(|logging| logging.log_format.as_ref());
        Self {
            runtime: configuration.runtime.as_ref().map(ToString::to_string).unwrap_or_default(),
            handler: text(&configuration.handler),
            role: text(&configuration.role),
            memory_mb: configuration.memory_size.unwrap_or_default(),
            timeout_s: configuration.timeout.unwrap_or_default(),
            environment: variables.unwrap_or_default().into_iter().collect(),
            log_group: logging.map(|logging| text(&logging.log_group)).unwrap_or_default(),
            log_format: format.unwrap_or(&LogFormat::Text).to_string(),
            unmanaged: unmanaged(configuration),
        }
    }

    pub(super) fn compare(&self, changes: &mut Changes, actual: Option<&Self>) {
        changes
            .value("runtime", &self.runtime, actual.map(|actual| &actual.runtime))
            .value("handler", &self.handler, actual.map(|actual| &actual.handler))
            .value("role", &self.role, actual.map(|actual| &actual.role))
            .value("memory_mb", &self.memory_mb, actual.map(|actual| &actual.memory_mb))
            .value("timeout_s", &self.timeout_s, actual.map(|actual| &actual.timeout_s))
            .value("log_group", &self.log_group, actual.map(|actual| &actual.log_group))
            .value("log_format", &self.log_format, actual.map(|actual| &actual.log_format));
        let none = BTreeMap::new();
        let before = actual.map_or(&none, |actual| &actual.environment);
        settings::compare(changes, "environment", &self.environment, before);
        for (unmanaged, value) in actual.into_iter().flat_map(|actual| &actual.unmanaged) {
            changes.push(Change::new(unmanaged.name(), Some(value.clone()), None));
        }
    }
}

fn unmanaged(configuration: &FunctionConfiguration) -> BTreeMap<Unmanaged, String> {
    let list = |items: Vec<&str>| items.join(", ");
    let layers = configuration.layers().iter().filter_map(|layer| layer.arn()).collect();
    let systems = configuration.file_system_configs().iter().map(FileSystemConfig::arn).collect();
    let subnets = configuration.vpc_config().map(|vpc| vpc.subnet_ids().iter().map(String::as_str).collect());
    let storage = configuration.ephemeral_storage().map(EphemeralStorage::size);
    let tracing = configuration.tracing_config().and_then(|tracing| tracing.mode());
    let dead_letters = configuration.dead_letter_config().and_then(|letters| letters.target_arn());
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let found = [
        (Unmanaged::DeadLetters, text(dead_letters)),
        (Unmanaged::Description, text(configuration.description())),
        (Unmanaged::FileSystems, list(systems)),
        (Unmanaged::Key, text(configuration.kms_key_arn())),
        (Unmanaged::Layers, list(layers)),
        (
            Unmanaged::Storage,
            storage.filter(|size| *size != STORAGE_MB).map(|size| size.to_string()).unwrap_or_default(),
        ),
        (
            Unmanaged::Tracing,
            text(tracing.filter(|mode| **mode != TracingMode::PassThrough).map(TracingMode::as_str)),
        ),
        (Unmanaged::Vpc, subnets.map(list).unwrap_or_default()),
    ];
    found.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}
