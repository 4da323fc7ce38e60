//! `twinctl stats`: prints what visitors did, and what it cost, per day.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use jiff::Timestamp;
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
    let since = beginning(until, args.since);
    let TurnLog { lines, is_complete, kept_since } = T::turns(options, environment, since, ui).await?;
    let mut collector = Collector::new(since, until, Setup::of(environment));
    for line in &lines {
        collector.add(line);
    }
    let stats = collector.finish();
    let notes = notes(&stats, is_complete, kept_since);
    let title = format!("{}/{}", environment.project, environment.name);
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

/// Returns the midnight at which the period begins, so that only today is a partial day.
fn beginning(until: Timestamp, period: Duration) -> Timestamp {
    const DAY: i64 = 86_400;
    let days = i64::try_from(period.as_secs().div_ceil(DAY.unsigned_abs())).unwrap_or_default();
    let today = until.as_second().div_euclid(DAY);
    Timestamp::from_second((today + 1 - days) * DAY).unwrap_or(until)
}

fn notes(stats: &Statistics, is_complete: bool, kept_since: Option<Timestamp>) -> Vec<String> {
    let unpriced: Vec<_> = stats.unpriced_models.iter().map(String::as_str).collect();
    let unpriced = (!unpriced.is_empty()).then(|| {
        format!("twinctl does not know the price of {}; the dollars lack it", unpriced.join(" and "))
    });
    let partial = (!is_complete)
        .then(|| "there are more turns than one query returns; use a shorter --since".to_owned());
    let deleted = kept_since.filter(|kept| *kept > stats.since);
    let deleted = deleted.map(|kept| {
        format!("the log keeps no lines from before {kept}: earlier turns are missing in this period")
    });
    unpriced.into_iter().chain(partial).chain(deleted).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::twin::stats::Figures;

    #[test]
    fn a_period_begins_at_midnight_and_has_as_many_days_as_requested() {
        let until: Timestamp = "2026-11-30T02:10:00Z".parse().unwrap();
        let begins = |days: u64| beginning(until, Duration::from_hours(24 * days)).to_string();
        assert_eq!(begins(7), "2026-11-24T00:00:00Z");
        assert_eq!(begins(1), "2026-11-30T00:00:00Z");
        assert_eq!(beginning(until, Duration::from_hours(25)).to_string(), "2026-11-29T00:00:00Z");
        let midnight = "2026-11-30T00:00:00Z".parse().unwrap();
        assert_eq!(beginning(midnight, Duration::from_secs(1)), midnight);
    }

    #[test]
    fn a_log_that_is_shorter_than_the_period_has_a_note() {
        let [since, until, kept] = ["2026-11-01T00:00:00Z", "2026-11-30T02:10:00Z", "2026-11-20T10:00:00Z"]
            .map(|time| time.parse().unwrap());
        let stats = |since| {
            let stats = Statistics {
                since,
                until,
                total: Figures::default(),
                days: Vec::new(),
                unpriced_models: BTreeSet::new(),
            };
            notes(&stats, true, Some(kept))
        };
        assert_eq!(
            stats(since),
            [
                "the log keeps no lines from before 2026-11-20T10:00:00Z: earlier turns are missing in this period"
            ]
        );
        assert_eq!(stats(kept), [""; 0]);
    }
}
