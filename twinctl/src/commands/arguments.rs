//! Groups of arguments that several commands share.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use reconcile::Waits;

use crate::{
    artifacts::{self, data},
    run,
};

/// An optional environment name.
#[derive(Debug, Clone, Args)]
pub(crate) struct EnvironmentArg {
    /// Environment name
    #[arg(value_name = "ENV", env = "TWINCTL_ENV", default_value = "dev")]
    pub(crate) environment: String,
}

/// The source of the function's code.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Code {
    /// Use a prebuilt function zip
    #[arg(long, value_name = "FILE", conflicts_with = "lambda_binary")]
    pub(crate) lambda_zip: Option<PathBuf>,
    /// Use a prebuilt `bootstrap` binary
    #[arg(long, value_name = "FILE")]
    pub(crate) lambda_binary: Option<PathBuf>,
}

impl Code {
    pub(super) fn settings(&self) -> artifacts::Code {
        artifacts::Code { lambda_zip: self.lambda_zip.clone(), lambda_binary: self.lambda_binary.clone() }
    }
}

/// The source of the data files, if not the one in the environment file.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct DataOptions {
    /// Read data files from the local folder, even if a repository is configured
    #[arg(long)]
    pub(crate) use_local: bool,
    #[command(flatten)]
    pub(crate) key: KeyFile,
}

impl DataOptions {
    pub(super) fn settings(&self) -> data::DataOptions {
        data::DataOptions { use_local: self.use_local, key_file: self.key.key_file.clone() }
    }
}

/// The key of encrypted data files.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct KeyFile {
    #[expect(clippy::doc_markdown, reason = "clap prints it as it is")]
    /// Key or passphrase for encrypted data files [env: DATA_KEY=]
    #[arg(long = "key-file", value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
}

/// How encrypted and decrypted files are written.
#[derive(Debug, Clone, Args)]
pub(crate) struct Writing {
    /// Overwrite existing files
    #[arg(long)]
    pub(crate) force: bool,
    /// Show what would be written without writing it
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// The changes to existing resources that the user permits.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Permits {
    /// Take over existing resources that have our names but not our tags
    #[arg(long)]
    pub(crate) adopt: bool,
    /// Delete and recreate a resource that cannot be updated in place
    #[arg(long, value_name = "RESOURCE")]
    pub(crate) replace: Vec<String>,
    /// Overwrite DNS records that point elsewhere
    #[arg(long)]
    pub(crate) take_record: bool,
}

impl Permits {
    pub(super) fn settings(&self) -> run::Permits {
        let Self { adopt, replace, take_record } = self.clone();
        run::Permits { adopt, replace, take_record }
    }
}

/// How long the command waits for the lock.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct LockWait {
    /// Wait for the lock, for example `5m`
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration)]
    pub(crate) lock_wait: Duration,
}

/// How long the command waits.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Waiting {
    /// Do not wait for CloudFront
    #[arg(long)]
    pub(crate) no_wait: bool,
    #[command(flatten)]
    pub(crate) lock: LockWait,
}

impl Waiting {
    pub(super) fn waits(&self) -> Waits {
        if self.no_wait { Waits::No } else { Waits::Yes }
    }
}

/// Parses `90s`, `5m`, `1h`, `2d`, or a number of seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(text.trim_end_matches(char::is_alphabetic).len());
    let number: u64 =
        number.parse().map_err(|_| format!("`{text}` is not a duration; write `90s` or `5m`"))?;
    let seconds = match unit {
        "" | "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(format!("`{unit}` is not a unit of time; write `s`, `m`, `h` or `d`")),
    };
    Ok(Duration::from_secs(number.saturating_mul(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_parsed() {
        assert_eq!(duration("5m"), Ok(Duration::from_mins(5)));
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("2d"), Ok(Duration::from_hours(48)));
        assert!(duration("soon").is_err());
        assert!(duration("5 parsecs").is_err());
    }
}
