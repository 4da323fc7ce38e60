//! The content of a function's version: its settings and its code.

use std::fmt;

use aws_sdk_lambda::types::FunctionConfiguration;

use super::settings::Settings;
use crate::artifacts::lambda::LambdaZip;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) settings: Settings,
    pub(super) code: Code,
}

/// The hash and architecture of the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Code {
    sha256_base64: String,
    architecture: String,
}

/// A published version. It is immutable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) number: u64,
    pub(super) content: Content,
}

impl Code {
    pub(super) fn of(zip: &LambdaZip) -> Self {
        Self { sha256_base64: zip.sha256_base64.clone(), architecture: zip.architecture.to_string() }
    }
}

/// Shows the first characters of the hash.
impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = self.sha256_base64.get(..12).unwrap_or(&self.sha256_base64);
        write!(f, "{hash} ({})", self.architecture)
    }
}

impl Content {
    pub(super) fn of(configuration: &FunctionConfiguration) -> Self {
        let architecture = configuration.architectures().first().map(ToString::to_string);
        let code = Code {
            sha256_base64: configuration.code_sha256.clone().unwrap_or_default(),
            architecture: architecture.unwrap_or_else(|| "x86_64".to_owned()),
        };
        Self { settings: Settings::of(configuration), code }
    }
}

impl Version {
    /// Returns `None` for `$LATEST`, which is not published.
    pub(super) fn of(configuration: &FunctionConfiguration) -> Option<Self> {
        let number = configuration.version.as_ref()?.parse().ok()?;
        Some(Self { number, content: Content::of(configuration) })
    }
}
