//! Groups of options that several commands share.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use super::crypt::KeyFile;

/// An environment that may be left out.
#[derive(Debug, Clone, Args)]
pub struct Which {
    /// The environment, as its file is called
    #[arg(value_name = "ENV", env = "TWINCTL_ENV", default_value = "dev")]
    pub environment: String,
}

/// Where the function's code comes from.
#[derive(Debug, Clone, Args)]
pub struct Code {
    /// A ready zip for the function, instead of building one
    #[arg(long, value_name = "FILE", conflicts_with = "lambda_binary")]
    pub lambda_zip: Option<PathBuf>,
    /// A ready `bootstrap` binary for the function, instead of building one
    #[arg(long, value_name = "FILE")]
    pub lambda_binary: Option<PathBuf>,
}

/// Where the owner's files come from, where the environment's file is not what is meant.
#[derive(Debug, Clone, Default, Args)]
pub struct OwnFiles {
    /// Take your files from the folder on this machine, whatever names a repository
    #[arg(long)]
    pub use_local: bool,
    #[command(flatten)]
    pub key: KeyFile,
}

/// What may be done to things that are there already.
#[derive(Debug, Clone, Args)]
pub struct Permits {
    /// Take over things that carry our names and not our tags
    #[arg(long)]
    pub adopt: bool,
    /// Delete this thing and make it anew, where it cannot be changed in place
    #[arg(long, value_name = "THING")]
    pub replace: Vec<String>,
    /// Replace DNS records at the domain that lead elsewhere
    #[arg(long)]
    pub take_record: bool,
}

#[derive(Debug, Clone, Args)]
pub struct Waiting {
    /// Do not wait for CloudFront
    #[arg(long)]
    pub no_wait: bool,
    /// Wait that long for somebody else's command to finish, as in `5m`
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = duration)]
    pub lock_wait: Duration,
}

/// `90s`, `5m`, `1h`, `2d`, or seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = text.split_at(text.trim_end_matches(char::is_alphabetic).len());
    let number: u64 =
        number.parse().map_err(|_| format!("`{text}` is no length of time; write `90s` or `5m`"))?;
    let seconds = match unit {
        "" | "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(format!("`{unit}` is no unit of time; write `s`, `m`, `h` or `d`")),
    };
    Ok(Duration::from_secs(number.saturating_mul(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time() {
        assert_eq!(duration("5m"), Ok(Duration::from_mins(5)));
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("2d"), Ok(Duration::from_hours(48)));
        assert!(duration("soon").is_err());
        assert!(duration("5 parsecs").is_err());
    }
}
