//! `twinctl stats`: prints what visitors did, and what it cost, per day.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use serde_json::json;

use super::arguments::{EnvironmentArg, duration};
use crate::{
    run::session,
    spec::{Environment, Options},
    system::{clock, files},
    targets::{Target, on_target},
    twin::{
        cost::Setup,
        logs::TurnLog,
        stats::{Collector, Stats as Statistics},
    },
    ui::{Diagnostic, Exit, Ui},
};

const EXAMPLES: &str = "\
Examples:
  twinctl stats prod                              Show the last seven days
  twinctl stats prod --since 30d --html out.html  Write charts to a file for the browser
  twinctl stats prod --json | jq .total.usd       Print what the model cost in seven days";

/// Show visitors, turns, tokens, dollars and latency per day
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Stats {
    #[command(flatten)]
    pub(crate) which: EnvironmentArg,
    /// Show the days of the last TIME, for example `30d`
    #[arg(long, value_name = "TIME", default_value = "7d", value_parser = period)]
    pub(crate) since: Duration,
    /// Write charts to an HTML file
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

/// A plot with more days would not fit into a terminal.
const LONGEST: Duration = Duration::from_hours(92 * 24);

fn period(text: &str) -> Result<Duration, String> {
    let period = duration(text)?;
    if period.is_zero() || period > LONGEST {
        return Err(format!("`{text}` is not between `1s` and `92d`"));
    }
    Ok(period)
}

pub(super) async fn run(options: &Options, args: &Stats, ui: &Ui) -> Result<Exit, Diagnostic> {
    let ui = &ui.brief();
    let environment = session::load(options, &args.which.environment, ui)?;
    on_target!(environment, run_on(options, args, &environment, ui))
}

async fn run_on<T: Target>(
    options: &Options,
    args: &Stats,
    environment: &Environment,
    ui: &Ui,
) -> Result<Exit, Diagnostic> {
    let until = clock::now();
    let since = until.checked_sub(args.since).unwrap_or(until);
    let TurnLog { lines, is_complete } = T::turns(options, environment, since, ui).await?;
    let mut collector = Collector::new(since, until, Setup::of(environment));
    for line in &lines {
        collector.add(line);
    }
    let stats = collector.finish();
    let notes = notes(&stats, is_complete);
    let title = format!("{} of {}", environment.name, environment.project);
    if let Some(path) = &args.html {
        let page = stats.html(&title, &notes);
        let fault = |fault| Diagnostic::fault("the statistics could not be saved", &fault);
        files::write(path, page.as_bytes()).map_err(fault)?;
        ui.say(&format!("saved the charts in {}", path.display()));
    }
    // Plots are for people; a pipe gets a table, in which each day has a line.
    let text = if ui.stdout_is_terminal() { stats.plots() } else { stats.table() };
    ui.data(text.trim_end());
    for note in &notes {
        ui.say(&format!("note: {note}"));
    }
    let mut object = json!(stats);
    object["environment"] = json!(environment.name.as_str());
    object["is_complete"] = json!(is_complete);
    object["html"] = json!(args.html);
    ui.object("stats", object);
    Ok(Exit::Done)
}

fn notes(stats: &Statistics, is_complete: bool) -> Vec<String> {
    let unpriced: Vec<_> = stats.unpriced_models.iter().map(String::as_str).collect();
    let unpriced = (!unpriced.is_empty()).then(|| {
        format!("twinctl does not know the price of {}; the dollars lack it", unpriced.join(" and "))
    });
    let partial = (!is_complete)
        .then(|| "there are more turns than one query returns; use a shorter --since".to_owned());
    unpriced.into_iter().chain(partial).collect()
}
