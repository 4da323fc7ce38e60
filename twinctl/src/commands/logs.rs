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
  twinctl logs prod --since 1d --errors     Show the errors of a day
  twinctl logs prod --correlation 4f1c2b    Show one request, by its `x-correlation-id` header
  twinctl logs dev --json | jq 'select(.unanswered)'";

/// Show the logs of a twin
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Logs {
    #[command(flatten)]
    pub(crate) which: EnvironmentArg,
    /// Show new lines as they arrive, until Ctrl-C
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Show lines from the last TIME, for example `2h` [default: 10m, or 7d with --correlation]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) since: Option<Duration>,
    /// Show requests to the API instead of the twin's own lines
    #[arg(long)]
    pub(crate) requests: bool,
    /// Show errors only
    #[arg(long)]
    pub(crate) errors: bool,
    /// Show the request with this correlation ID only
    #[arg(long, value_name = "ID", value_parser = correlation_id, conflicts_with = "requests")]
    pub(crate) correlation: Option<String>,
}

/// Default of `--since`.
const SINCE: Duration = Duration::from_mins(10);
/// Default of `--since` with `--correlation`, because visitors often report an error days later.
const SINCE_FOR_REQUEST: Duration = Duration::from_hours(7 * 24);

/// Accepts the ids that twin-lambda accepts.
fn correlation_id(text: &str) -> Result<String, String> {
    if contract::api::is_correlation_id(text) {
        Ok(text.to_owned())
    } else {
        Err("a correlation ID has 1 to 64 letters, digits, or `-_.:`".to_owned())
    }
}

pub(super) async fn run(options: &Options, args: &Logs, ui: &Ui) -> Result<Exit, Diagnostic> {
    let environment = session::load(options, &args.which.environment, ui)?;
    let source = if args.requests { Source::Requests } else { Source::Twin };
    let since = args.since.unwrap_or(if args.correlation.is_some() { SINCE_FOR_REQUEST } else { SINCE });
    let correlation = args.correlation.clone();
    let query = LogQuery { source, since, follow: args.follow, errors: args.errors, correlation };
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
