//! The clock: the only code that reads the time and sleeps, so that tests can control it.

use std::time::Duration;

use jiff::Timestamp;
#[cfg(unix)]
use rustix::time::ClockId;

/// Returns the current time, rounded down to seconds, for messages and records.
#[expect(clippy::disallowed_methods, reason = "the only code that reads the clock")]
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// The clock that counts while the machine is suspended. On macOS, this is the monotonic clock.
#[cfg(target_os = "linux")]
const SINCE_BOOT: ClockId = ClockId::Boottime;
#[cfg(all(unix, not(target_os = "linux")))]
const SINCE_BOOT: ClockId = ClockId::Monotonic;

/// Returns the time since the machine started, including the time that it was suspended.
#[cfg(unix)]
pub fn since_boot() -> Duration {
    Duration::try_from(rustix::time::clock_gettime(SINCE_BOOT)).unwrap_or_default()
}

/// Returns the time since the first call. On Windows, the monotonic clock also counts while the machine is suspended.
#[cfg(not(unix))]
#[expect(clippy::disallowed_methods, reason = "the only code that reads the clock")]
pub fn since_boot() -> Duration {
    static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed()
}

/// Returns a unique ID, sortable by time: a ULID, which consists of the time and 80 random bits.
pub fn unique_id() -> String {
    ulid::Ulid::r#gen().to_string().to_lowercase()
}

/// Sleeps on tokio's clock, which tests pause.
#[expect(clippy::disallowed_methods, reason = "the only code that sleeps")]
pub async fn sleep(pause: Duration) {
    tokio::time::sleep(pause).await;
}

/// Formats a duration: `850 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`.
pub fn human_duration(length: Duration) -> String {
    let seconds = length.as_secs();
    match seconds {
        0 => format!("{} ms", length.as_millis()),
        1..=59 => format!("{:.1} s", length.as_secs_f64()),
        60..=3599 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..=86_399 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        86_400..=172_799 => "1 day".to_owned(),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// Formats the time since a moment: `just now`, `4.2 s ago`.
pub fn ago(moment: Timestamp) -> String {
    let length = Duration::try_from(now().duration_since(moment)).unwrap_or_default();
    if length.is_zero() { "just now".to_owned() } else { format!("{} ago", human_duration(length)) }
}

/// Formats the time until a moment: `in 7 h 59 min`.
pub fn until(moment: Timestamp) -> String {
    format!("in {}", human_duration(Duration::try_from(moment.duration_since(now())).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A test cannot suspend the machine. Linux's monotonic clock stops meanwhile, and its clock since boot does not.
    #[cfg(target_os = "linux")]
    #[test]
    fn the_clock_since_boot_counts_suspension() {
        assert_eq!(SINCE_BOOT, ClockId::Boottime);
        let read = || Duration::try_from(rustix::time::clock_gettime(ClockId::Boottime)).unwrap();
        let (before, now, after) = (read(), since_boot(), read());
        assert!(before <= now && now <= after, "{before:?} {now:?} {after:?}");
    }

    #[test]
    fn durations_have_at_most_two_units() {
        let table = [
            (850, "850 ms"),
            (4_200, "4.2 s"),
            (185_000, "3 min 5 s"),
            (7_800_000, "2 h 10 min"),
            (86_400_000, "1 day"),
            (200_000_000, "2 days"),
        ];
        for (millis, text) in table {
            assert_eq!(human_duration(Duration::from_millis(millis)), text);
        }
    }
}
