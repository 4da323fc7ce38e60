//! The logs of a twin on AWS: a log group of the function, and one of the requests to the API.

mod turns;

use std::{collections::HashMap, time::Duration};

use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use jiff::Timestamp;
use reconcile::{Class, Fault};

use crate::twin::logs::{LogLine, LogPrinter, LogQuery, TurnLog, no_logs};
use crate::{
    system::clock,
    targets::aws::{Cloud, SdkResult},
    ui::{Diagnostic, Ui},
};

const POLL_INTERVAL: Duration = Duration::from_secs(2);
/// How far back to read again, because lines arrive late and out of order.
const LATE_ARRIVAL: Duration = Duration::from_secs(30);
/// Maximum number of failed reads in a row. With `--follow`, reads are repeated without a limit.
const ATTEMPTS: u32 = 4;
const MAX_DELAY: Duration = Duration::from_secs(16);
const MISSING: &[&str] = &["ResourceNotFoundException"];

/// Prints the lines of the first of the log groups that exists.
pub async fn cloud_logs(
    cloud: &Cloud,
    groups: &[&str],
    query: LogQuery,
    name: &str,
    ui: &Ui,
) -> Result<(), Diagnostic> {
    let from = query.from();
    // With a pattern, AWS returns only lines that contain the ID.
    let pattern = query.correlation.as_ref().map(|id| format!("\"{id}\""));
    let (position, follow) = (LogPosition { pattern, ..LogPosition::at(from) }, query.follow);
    let mut log = GroupLog { cloud, groups, position };
    let mut printer = LogPrinter::new(ui, query, from);
    let mut failed = 0;
    loop {
        match log.poll(&mut |line| printer.print(&line)).await {
            Ok(Polled::Lines) if printer.done() => {
                printer.finish();
                return Ok(());
            }
            Ok(Polled::Lines) => failed = 0,
            Ok(Polled::NoGroup) => return Err(no_logs(name)),
            Err(fault) if is_temporary(&fault) && (follow || failed + 1 < ATTEMPTS) => {
                if failed == 0 {
                    ui.say(&format!("retrying: {fault}"));
                }
                failed += 1;
            }
            Err(fault) => return Err(Diagnostic::fault("could not read the logs", &fault)),
        }
        clock::sleep(delay(failed)).await;
    }
}

/// Reads the lines of the turns since then.
pub(crate) async fn cloud_turns(
    cloud: &Cloud,
    group: &str,
    since: Timestamp,
    name: &str,
) -> Result<TurnLog, Diagnostic> {
    let error = |fault: Fault| Diagnostic::fault("could not read the logs", &fault);
    let query = turns::start_query(cloud, group, since).await.map_err(error)?;
    turns::query_lines(cloud, &query.ok_or_else(|| no_logs(name))?).await.map_err(error)
}

/// Returns the time until the next read, after `failed` reads in a row have failed.
fn delay(failed: u32) -> Duration {
    match failed {
        0 => POLL_INTERVAL,
        failed => MAX_DELAY.min(Duration::from_secs(1 << failed.min(8))),
    }
}

fn is_temporary(fault: &Fault) -> bool {
    matches!(fault.class, Class::Throttled | Class::Unavailable)
}

enum Polled {
    Lines,
    NoGroup,
}

struct GroupLog<'c> {
    cloud: &'c Cloud,
    groups: &'c [&'c str],
    position: LogPosition,
}

impl GroupLog<'_> {
    async fn poll(&mut self, each: &mut dyn FnMut(LogLine)) -> Result<Polled, Fault> {
        for group in self.groups {
            let each = |event: FilteredLogEvent| {
                let at = event.timestamp().and_then(|at| Timestamp::from_millisecond(at).ok());
                each(LogLine::parse(event.message().unwrap_or_default(), at));
            };
            if self.position.read_on(self.cloud, group, each).await? {
                return Ok(Polled::Lines);
            }
        }
        Ok(Polled::NoGroup)
    }
}

/// How far a log group was read.
#[derive(Debug, Clone, Default)]
pub(crate) struct LogPosition {
    /// Only events that match it are read.
    pattern: Option<String>,
    /// All earlier lines were read. In milliseconds.
    from: i64,
    /// The ids of the later lines that were read, with their times.
    known: HashMap<String, i64>,
}

impl LogPosition {
    pub(crate) fn at(from: Timestamp) -> Self {
        Self { pattern: None, from: from.as_millisecond(), known: HashMap::new() }
    }

    /// Reads the log group, and passes each event to `each` unless an earlier read did so. Returns whether the group exists.
    pub(crate) async fn read_on(
        &mut self,
        cloud: &Cloud,
        group: &str,
        mut each: impl FnMut(FilteredLogEvent),
    ) -> Result<bool, Fault> {
        let mut next = None;
        loop {
            let filter = cloud.logs.filter_log_events().log_group_name(group);
            let filter = filter.start_time(self.from).set_next_token(next);
            let filter = filter.set_filter_pattern(self.pattern.clone());
            let Some(page) = filter.send().await.found("logs:FilterLogEvents", MISSING)? else {
                return Ok(false);
            };
            for event in page.events.unwrap_or_default() {
                let (Some(id), Some(at)) = (event.event_id.clone(), event.timestamp) else { continue };
                if self.known.insert(id, at).is_none() {
                    each(event);
                }
            }
            // An empty page is not necessarily the last one.
            next = page.next_token;
            if next.is_none() {
                break;
            }
        }
        self.advance();
        Ok(true)
    }

    /// Moves the start of the next read forward, and forgets the lines before it.
    fn advance(&mut self) {
        let newest = self.known.values().max().copied().unwrap_or(self.from);
        let late = i64::try_from(LATE_ARRIVAL.as_millis()).unwrap_or_default();
        self.from = self.from.max(newest.saturating_sub(late));
        self.known.retain(|_, at| *at >= self.from);
    }
}

#[cfg(test)]
mod tests;
