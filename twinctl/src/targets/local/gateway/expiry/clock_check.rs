//! Compares the clock with the last run, because a clock that is far ahead would delete every conversation.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    system::{clock, host::Process},
    targets::local::gateway::twin_folder::Document,
};

const DAY: i64 = 24 * 60 * 60;
/// How long nothing is deleted after a jump. Shorter than a day, so that a machine that runs at the same hours each day
/// deletes on the next one.
const WAIT: i64 = 20 * 60 * 60;

/// A moment on two clocks: the system clock, which can be set, and the one that counts from the start of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Moment {
    at: Timestamp,
    boot: String,
    since_boot_s: i64,
}

/// `expiry.json`: the last run that deleted old conversations, or that found a clock that it could not trust.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LastRun {
    moment: Moment,
    /// Nothing was deleted, because the clock had jumped or there was no earlier run to compare it with.
    untrusted: bool,
}

impl Document for LastRun {
    const FILE: &'static str = "expiry.json";
}

/// The result of a comparison.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Check {
    Trusted,
    /// The clock jumped less than a day ago, or there is no earlier run.
    Waiting,
    /// The clock jumped by this many seconds.
    Jumped(i64),
}

impl Moment {
    pub(super) fn now() -> Self {
        let since_boot_s = i64::try_from(clock::since_boot().as_secs()).unwrap_or(i64::MAX);
        Self { at: clock::now(), boot: Process::current().boot, since_boot_s }
    }
}

/// Compares the clock with the last run. Also returns the new record; `None` keeps the present one.
pub(super) fn check(last: Option<LastRun>, now: &Moment) -> (Check, Option<LastRun>) {
    let record = |untrusted| Some(LastRun { moment: now.clone(), untrusted });
    let Some(LastRun { moment: last, untrusted }) = last else { return (Check::Waiting, record(true)) };
    let elapsed = now.at.as_second() - last.at.as_second();
    // After a restart, only the time since then is known to have passed.
    let known = if now.boot == last.boot { now.since_boot_s - last.since_boot_s } else { now.since_boot_s };
    let jump = elapsed - known;
    if jump.abs() > DAY {
        (Check::Jumped(jump), record(true))
    } else if untrusted && elapsed < WAIT {
        (Check::Waiting, None)
    } else {
        (Check::Trusted, record(false))
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Check::{Jumped, Trusted, Waiting},
        *,
    };

    const HOUR: i64 = 60 * 60;

    fn moment(hours: i64, boot: &str, since_boot_hours: i64) -> Moment {
        let at = Timestamp::from_second(1_800_000_000 + hours * HOUR).unwrap();
        Moment { at, boot: boot.to_owned(), since_boot_s: since_boot_hours * HOUR }
    }

    /// Returns the check of each moment, one after the other.
    fn checks<const N: usize>(moments: [Moment; N]) -> [Check; N] {
        let mut last = None;
        moments.map(|now| {
            let (result, record) = check(last.clone(), &now);
            last = record.or(last.take());
            result
        })
    }

    #[test]
    fn the_first_run_deletes_nothing_and_later_ones_do() {
        let moments = [(0, 5), (1, 6), (24, 29), (25, 30), (48, 53)];
        let found = checks(moments.map(|(hours, boot)| moment(hours, "a", boot)));
        assert_eq!(found, [Waiting, Waiting, Trusted, Trusted, Trusted]);
    }

    #[test]
    fn nothing_is_deleted_for_a_day_after_the_clock_jumped() {
        let days = |days: i64| days * 24;
        let moments = [
            moment(0, "a", 0),
            moment(24, "a", 24),
            // 400 days ahead, and an hour later by a restart of the gateway.
            moment(days(402), "a", days(2)),
            moment(days(402) + 1, "a", days(2) + 1),
            // Corrected.
            moment(days(3), "a", days(3)),
            moment(days(4), "a", days(4)),
        ];
        let jump = days(400) * HOUR;
        assert_eq!(checks(moments), [Waiting, Trusted, Jumped(jump), Waiting, Jumped(-jump), Trusted,]);
    }

    #[test]
    fn a_machine_that_was_off_for_days_waits_and_a_restarted_one_does_not() {
        let start = [moment(0, "a", 0), moment(24, "a", 24)];
        let [_, _, restarted] = checks([start[0].clone(), start[1].clone(), moment(47, "b", 1)]);
        assert_eq!(restarted, Trusted);
        let [.., off, next] =
            checks([start[0].clone(), start[1].clone(), moment(24 * 10, "b", 0), moment(24 * 11, "b", 24)]);
        assert_eq!((off, next), (Jumped(24 * 9 * HOUR), Trusted));
    }

    #[test]
    fn suspension_is_no_jump() {
        let moments = [moment(0, "a", 0), moment(24 * 30, "a", 24 * 30)];
        assert_eq!(checks(moments), [Waiting, Trusted]);
    }
}
