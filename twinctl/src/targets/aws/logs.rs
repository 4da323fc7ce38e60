//! The logs of a twin at AWS: one group for the function and for the API's requests.

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;
use reconcile::{Class, Fault};

use crate::twin::logs::{LogLine, LogPrinter, LogQuery, no_logs};
use crate::{
    system::clock,
    targets::aws::{Answer, Cloud},
    ui::{Diagnostic, Ui},
};

const BETWEEN_LOOKS: Duration = Duration::from_secs(2);
/// How far back to read again, because lines arrive late and out of order.
const LATEST: Duration = Duration::from_secs(30);
/// Of looks that fail, one after the other. Whoever follows a log wants to go on as soon as it can.
const ATTEMPTS: u32 = 4;
const LONGEST_PAUSE: Duration = Duration::from_secs(16);
const MISSING: &[&str] = &["ResourceNotFoundException"];

/// Shows what is in the log group.
pub async fn cloud_logs(
    cloud: &Cloud,
    group: &str,
    query: LogQuery,
    name: &str,
    ui: &Ui,
) -> Result<(), Diagnostic> {
    let from = query.from();
    let mut log = GroupLog { cloud, group, from: from.as_millisecond(), seen: HashMap::new() };
    let mut printer = LogPrinter::new(ui, query, from);
    let mut failed = 0;
    loop {
        match log.look(&mut |line| printer.print(&line)).await {
            Ok(Found::Lines) if printer.done() => {
                printer.finish();
                return Ok(());
            }
            Ok(Found::Lines) => failed = 0,
            Ok(Found::NoGroup) => return Err(no_logs(name)),
            Err(fault) if passes(&fault) && (query.follow || failed + 1 < ATTEMPTS) => {
                if failed == 0 {
                    ui.say(&format!("trying again: {fault}"));
                }
                failed += 1;
            }
            Err(fault) => return Err(Diagnostic::fault("the logs could not be read", &fault)),
        }
        clock::sleep(pause(failed)).await;
    }
}

/// Before the next look, after so many that failed.
fn pause(failed: u32) -> Duration {
    match failed {
        0 => BETWEEN_LOOKS,
        failed => LONGEST_PAUSE.min(Duration::from_secs(1 << failed.min(8))),
    }
}

fn passes(fault: &Fault) -> bool {
    matches!(fault.class, Class::Throttled | Class::Unavailable)
}

enum Found {
    Lines,
    NoGroup,
}

struct GroupLog<'c> {
    cloud: &'c Cloud,
    group: &'c str,
    /// Everything before that was seen, in milliseconds.
    from: i64,
    /// The lines since then that were shown, with their times.
    seen: HashMap<String, i64>,
}

impl GroupLog<'_> {
    /// Each line once, however often it is looked at.
    async fn look(&mut self, each: &mut dyn FnMut(LogLine)) -> Result<Found, Fault> {
        let mut next = None;
        loop {
            let filter = self.cloud.logs.filter_log_events().log_group_name(self.group);
            let filter = filter.start_time(self.from).set_next_token(next);
            let Some(page) = filter.send().await.found("logs:FilterLogEvents", MISSING)? else {
                return Ok(Found::NoGroup);
            };
            for event in page.events.unwrap_or_default() {
                let (Some(id), Some(at)) = (event.event_id, event.timestamp) else { continue };
                if self.seen.insert(id, at).is_none() {
                    let message = event.message.unwrap_or_default();
                    each(LogLine::parse(&message, Timestamp::from_millisecond(at).ok()));
                }
            }
            // A page may be empty and still not the last.
            next = page.next_token;
            if next.is_none() {
                break;
            }
        }
        self.forget();
        Ok(Found::Lines)
    }

    /// What is so old that nothing earlier comes any more.
    fn forget(&mut self) {
        let newest = self.seen.values().max().copied().unwrap_or(self.from);
        let late = i64::try_from(LATEST.as_millis()).unwrap_or_default();
        self.from = self.from.max(newest.saturating_sub(late));
        self.seen.retain(|_, at| *at >= self.from);
    }
}

#[cfg(test)]
mod tests;
