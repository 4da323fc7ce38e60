//! The only module that reads the clock and waits.

use std::time::{Duration, SystemTime};

use jiff::{Timestamp, Unit};
use tokio::time::Instant;

/// Returns the current time, rounded to milliseconds, as replies and stored messages contain it.
#[expect(clippy::disallowed_methods, reason = "this is the file that reads the clock")]
pub fn now() -> Timestamp {
    let exact = Timestamp::now();
    exact.round(Unit::Millisecond).unwrap_or(exact)
}

/// Returns the current time in the type that the request signer takes.
#[expect(clippy::disallowed_methods, reason = "this is the file that reads the clock")]
pub fn system_now() -> SystemTime {
    SystemTime::now()
}

#[expect(clippy::disallowed_methods, reason = "this is the file that waits")]
pub async fn sleep(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// Waits between half of `duration` and all of it, so that clients that failed together do not retry together.
pub async fn sleep_with_jitter(duration: Duration) {
    let mut byte = [0];
    // Without a random byte the retries are only less spread out.
    getrandom::fill(&mut byte).unwrap_or_default();
    sleep(duration / 2 + duration * u32::from(byte[0]) / 512).await;
}

/// The time by which an answer must be sent.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    pub fn after(duration: Duration) -> Self {
        Self(Instant::now() + duration)
    }

    /// Converts Lambda's deadline, which is in milliseconds since 1970.
    pub fn at_epoch_millis(millis: i64) -> Self {
        let remaining = millis.saturating_sub(now().as_millisecond());
        Self::after(Duration::from_millis(u64::try_from(remaining).unwrap_or(0)))
    }

    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Returns an earlier deadline, so that `margin` remains for the work after it.
    #[must_use]
    pub fn earlier_by(self, margin: Duration) -> Self {
        Self(self.0.checked_sub(margin).unwrap_or(self.0))
    }

    pub fn instant(self) -> Instant {
        self.0
    }
}
