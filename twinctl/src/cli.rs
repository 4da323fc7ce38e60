//! The words of the command line: clap types, and nothing else.

mod examples;

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};

use self::examples::{
    CHAT_EXAMPLES, COMPLETIONS_EXAMPLES, DEPLOY_EXAMPLES, DESTROY_EXAMPLES, DEV_EXAMPLES, INIT_EXAMPLES,
    LOGS_EXAMPLES, OUTPUTS_EXAMPLES, PLAN_EXAMPLES, STATUS_EXAMPLES,
};
use crate::{exit::EXIT_CODES, talk::SessionId};

#[derive(Debug, Parser)]
#[command(
    name = "twinctl",
    version,
    about = "Puts a personal AI twin online from one YAML file, and keeps it there",
    after_help = "Run `twinctl help COMMAND` for examples.",
    after_long_help = EXIT_CODES,
    arg_required_else_help = true,
    disable_help_subcommand = false,
    max_term_width = 100
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

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

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make the first files of a twin, or take over those of a twin that is here
    #[command(after_help = INIT_EXAMPLES)]
    Init(Init),
    /// Show what a deploy would change
    #[command(after_help = PLAN_EXAMPLES)]
    Plan(Plan),
    /// Bring an environment to what its file says
    #[command(after_help = DEPLOY_EXAMPLES)]
    Deploy(Deploy),
    /// Deploy to this machine at every change of a file, and show requests
    #[command(after_help = DEV_EXAMPLES)]
    Dev(Dev),
    /// Compare an environment with its file, and ask whether it answers
    #[command(after_help = STATUS_EXAMPLES)]
    Status(Status),
    /// Remove an environment, conversations and all
    #[command(after_help = DESTROY_EXAMPLES)]
    Destroy(Destroy),
    /// Print the address of an environment, and more with --all
    #[command(after_help = OUTPUTS_EXAMPLES)]
    Outputs(Outputs),
    /// Ask the twin a question, or talk with it
    #[command(after_help = CHAT_EXAMPLES)]
    Chat(Chat),
    /// Show what the twin logs
    #[command(after_help = LOGS_EXAMPLES)]
    Logs(Logs),
    /// Take the lock away from a holder that is dead
    Unlock(Unlock),
    /// The table that holds the locks of an account and region
    #[command(subcommand)]
    LockTable(LockTable),
    /// Print completions for your shell
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions { shell: clap_complete::Shell },
    /// Serve a local twin: what `deploy` starts
    #[command(hide = true)]
    FrontDoor(FrontDoor),
}

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

/// What may be done to things that are there already.
#[derive(Debug, Clone, Args)]
pub struct Permits {
    /// Take over things that carry our names and not our tags
    #[arg(long)]
    pub adopt: bool,
    /// Delete this thing and make it anew, where it cannot be changed in place
    #[arg(long, value_name = "THING")]
    pub replace: Vec<String>,
}

#[derive(Debug, Args)]
pub struct Init {
    /// Whose twin it is
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// What they do, in a few words
    #[arg(long, value_name = "TEXT")]
    pub role: Option<String>,
    /// Where visitors may write to them
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,
    /// Who thinks up the replies on this machine
    #[arg(long, value_name = "SOURCE")]
    pub model: Option<ModelKind>,
    /// The name of the model, with `--model openai`
    #[arg(long, value_name = "ID")]
    pub model_id: Option<String>,
    /// A server that speaks OpenAI's language; Ollama's where it is not said
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// Do not ask: flags, and the usual answers
    #[arg(long, short)]
    pub yes: bool,
    /// Take nothing over from a twin that is here
    #[arg(long)]
    pub fresh: bool,
    /// Show what would be written and stop
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ModelKind {
    Builtin,
    Openai,
    Bedrock,
}

impl ModelKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::Openai => "openai",
            Self::Bedrock => "bedrock",
        }
    }
}

#[derive(Debug, Args)]
pub struct Plan {
    #[command(flatten)]
    pub which: Which,
    #[command(flatten)]
    pub code: Code,
    #[command(flatten)]
    pub permits: Permits,
    /// End with 7 when something would change
    #[arg(long)]
    pub exit_code: bool,
}

#[derive(Debug, Args)]
pub struct Deploy {
    #[command(flatten)]
    pub which: Which,
    #[command(flatten)]
    pub code: Code,
    #[command(flatten)]
    pub permits: Permits,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Show the plan and stop
    #[arg(long)]
    pub dry_run: bool,
    /// Let systemd start a twin on this machine at login and after a crash
    #[arg(long)]
    pub service: bool,
    #[command(flatten)]
    pub waiting: Waiting,
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

#[derive(Debug, Args)]
pub struct Dev {
    /// The environment, as its file is called; one with `target: local`
    #[arg(value_name = "ENV", default_value = "local")]
    pub environment: String,
    /// A ready `twin-lambda`, instead of building one
    #[arg(long, value_name = "FILE")]
    pub lambda_binary: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Status {
    #[command(flatten)]
    pub which: Which,
    /// Look again every few seconds
    #[arg(long)]
    pub watch: bool,
}

#[derive(Debug, Args)]
pub struct Destroy {
    /// The environment, as its file is called
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// The environment's name once more, instead of the question
    #[arg(long, value_name = "ENV")]
    pub confirm: Option<String>,
    /// Leave the buckets with conversations and data files
    #[arg(long)]
    pub keep_data: bool,
    /// Download conversations and data files there first
    #[arg(long, value_name = "DIR")]
    pub backup: Option<PathBuf>,
    /// Show what would go and stop
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub waiting: Waiting,
}

#[derive(Debug, Args)]
pub struct Outputs {
    #[command(flatten)]
    pub which: Which,
    /// All of them: names, ids, the API's own address
    #[arg(long)]
    pub all: bool,
}

#[derive(Debug, Args)]
pub struct Chat {
    /// The environment, as its file is called
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// One question; without it, what is piped in, or a conversation
    pub question: Option<String>,
    /// Go on with this conversation
    #[arg(long, value_name = "ID")]
    pub session: Option<SessionId>,
}

#[derive(Debug, Args)]
pub struct Logs {
    #[command(flatten)]
    pub which: Which,
    /// Go on with what comes, until Ctrl-C
    #[arg(long, short)]
    pub follow: bool,
    /// Begin that long ago, as in `2h`
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    pub since: Duration,
    /// Requests as they reached the API, instead of what the twin says
    #[arg(long)]
    pub requests: bool,
}

#[derive(Debug, Args)]
pub struct Unlock {
    /// The environment, as its file is called
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub struct FrontDoor {
    /// The folder of the local twin
    #[arg(long, value_name = "DIR")]
    pub place: PathBuf,
    /// Take over the listening socket that standard input is
    #[arg(long)]
    pub successor: bool,
}

#[derive(Debug, Subcommand)]
pub enum LockTable {
    /// Delete the table, once no environment is left in this account and region
    Remove(Which),
}

/// `90s`, `5m`, `1h`, `2d`, or seconds.
fn duration(text: &str) -> Result<Duration, String> {
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
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_words_fit_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn lengths_of_time() {
        assert_eq!(duration("5m"), Ok(Duration::from_mins(5)));
        assert_eq!(duration("90"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("2d"), Ok(Duration::from_hours(48)));
        assert!(duration("soon").is_err());
        assert!(duration("5 parsecs").is_err());
    }
}
