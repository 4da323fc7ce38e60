//! `twinctl logs`: prints the logs of a twin.

use std::time::Duration;

use clap::Args;

use super::arguments::{EnvironmentArg, duration};
use crate::{
    run::session,
    spec::Options,
    targets::{Target, on_target},
    twin::logs::{LogQuery, Source},
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  twinctl logs dev                          Show the last ten minutes
  twinctl logs dev -f                       Show new lines until Ctrl-C
  twinctl logs dev --since 2h --requests    Show one line for each request to the API
  twinctl logs dev --json | jq 'select(.status >= 500)'";

/// Show the logs of a twin
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Logs {
    #[command(flatten)]
    pub(crate) which: EnvironmentArg,
    /// Show new lines as they arrive, until Ctrl-C
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Show lines from the last TIME, for example `2h`
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    pub(crate) since: Duration,
    /// Show requests to the API instead of the twin's own lines
    #[arg(long)]
    pub(crate) requests: bool,
}

pub(super) async fn run(options: &Options, args: &Logs, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(options, &args.which.environment, ui)?;
    let source = if args.requests { Source::Requests } else { Source::Twin };
    let query = LogQuery { source, since: args.since, follow: args.follow };
    on_target!(environment, show(options, &environment, query, ui))?;
    Ok(Exit::Done)
}

async fn show<T: Target>(
    options: &Options,
    environment: &crate::spec::Environment,
    query: LogQuery,
    ui: &Ui,
) -> Result<(), Diagnostic> {
    T::logs(options, environment, query, ui).await
}
