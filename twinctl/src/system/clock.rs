//! The one file that reads the clock and sleeps, so that tests can set it.

use std::time::Duration;

use jiff::Timestamp;
use rustix::time::ClockId;

/// Now, to the second: what people and records get to see.
#[expect(clippy::disallowed_methods, reason = "this is the place that reads the clock")]
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// Returns the time since the machine started, including the time that it was suspended.
pub fn since_boot() -> Duration {
    // On macOS, the monotonic clock includes suspension.
    #[cfg(target_os = "linux")]
    const CLOCK: ClockId = ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    const CLOCK: ClockId = ClockId::Monotonic;
    Duration::try_from(rustix::time::clock_gettime(CLOCK)).unwrap_or_default()
}

/// A name that nobody else has: the time, then 80 random bits.
pub fn unique_id() -> String {
    ulid::Ulid::r#gen().to_string().to_lowercase()
}

/// Sleeps on tokio's clock, which tests pause.
#[expect(clippy::disallowed_methods, reason = "this is the place that sleeps")]
pub async fn sleep(pause: Duration) {
    tokio::time::sleep(pause).await;
}

/// A length of time as people say it: `850 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`.
pub fn spoken(length: Duration) -> String {
    let seconds = length.as_secs();
    match seconds {
        0 => format!("{} ms", length.as_millis()),
        1..=59 => format!("{:.1} s", length.as_secs_f64()),
        60..=3599 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..=86_399 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// How long ago that was, as people say it: `just now`, `4.2 s ago`.
pub fn ago(moment: Timestamp) -> String {
    let length = Duration::try_from(now().duration_since(moment)).unwrap_or_default();
    if length.is_zero() { "just now".to_owned() } else { format!("{} ago", spoken(length)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_spoken_with_two_units_at_most() {
        let table = [
            (850, "850 ms"),
            (4_200, "4.2 s"),
            (185_000, "3 min 5 s"),
            (7_800_000, "2 h 10 min"),
            (200_000_000, "2 days"),
        ];
        for (millis, spoken_as) in table {
            assert_eq!(spoken(Duration::from_millis(millis)), spoken_as);
        }
    }
}
