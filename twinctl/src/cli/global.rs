//! The options that every command has.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The folder of the environment files
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "TWINCTL_ENVIRONMENTS",
        default_value = "environments",
        help_heading = "Global options"
    )]
    pub environments: PathBuf,
    /// Another name for the project than the file's
    #[arg(long, global = true, value_name = "NAME", help_heading = "Global options")]
    pub project: Option<String>,
    /// Another region than the file's
    #[arg(long, global = true, value_name = "REGION", help_heading = "Global options")]
    pub region: Option<String>,
    /// Another profile of your AWS configuration than the file's
    #[arg(long, global = true, value_name = "NAME", help_heading = "Global options")]
    pub profile: Option<String>,
    /// Another port than the file's, for a twin on this machine
    #[arg(long, global = true, value_name = "PORT", help_heading = "Global options", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// Reach everything there instead of at AWS: an emulator
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "AWS_ENDPOINT_URL",
        help_heading = "Global options"
    )]
    pub endpoint_url: Option<String>,
    /// Answer in JSON on standard output: one object a line
    #[arg(long, global = true, help_heading = "Global options")]
    pub json: bool,
    /// Colours and moving lines
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", help_heading = "Global options")]
    pub color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}
