//! The options that every command has.

use std::path::PathBuf;

use clap::Args;

use crate::{
    spec::{DEFAULT_ENVIRONMENTS, Options, Overrides},
    ui::{Color, Verbosity},
};

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Directory of environment files
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "TWINCTL_ENVIRONMENTS",
        default_value = DEFAULT_ENVIRONMENTS
    )]
    pub(crate) environments: PathBuf,
    /// Project name (overrides the environment file)
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) project: Option<String>,
    /// AWS region (overrides the environment file)
    #[arg(long, global = true, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// AWS profile (overrides the environment file)
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Port of a local twin (overrides the environment file)
    #[arg(long, global = true, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: Option<u16>,
    /// Send AWS requests to another endpoint, for example an emulator
    #[arg(long, global = true, value_name = "URL", env = "AWS_ENDPOINT_URL")]
    pub(crate) endpoint_url: Option<String>,
    /// Print newline-delimited JSON on stdout
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Print results and errors only
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Print every AWS call with its duration and request ID on stderr
    #[arg(long, short, global = true, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    /// Use colors and progress animations
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

impl Global {
    pub(crate) fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        }
    }

    pub(crate) fn options(&self) -> Options {
        let (project, region, profile) = (self.project.clone(), self.region.clone(), self.profile.clone());
        Options {
            environments: self.environments.clone(),
            overrides: Overrides { project, region, profile },
            port: self.port,
            endpoint_url: self.endpoint_url.clone(),
        }
    }
}
