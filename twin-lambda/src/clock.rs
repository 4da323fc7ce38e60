//! The one place that reads the clock and waits.

use std::time::{Duration, SystemTime};

use jiff::{Timestamp, Unit};
use tokio::time::Instant;

/// The present, to the millisecond: what replies and stored messages carry.
#[expect(clippy::disallowed_methods, reason = "this is the file that reads the clock")]
pub fn now() -> Timestamp {
    let exact = Timestamp::now();
    exact.round(Unit::Millisecond).unwrap_or(exact)
}

/// The present as the request signer wants it.
#[expect(clippy::disallowed_methods, reason = "this is the file that reads the clock")]
pub fn system_now() -> SystemTime {
    SystemTime::now()
}

#[expect(clippy::disallowed_methods, reason = "this is the file that waits")]
pub async fn pause(length: Duration) {
    tokio::time::sleep(length).await;
}

/// Between half of `length` and all of it, so that those who failed together do not come back together.
pub async fn pause_about(length: Duration) {
    let mut byte = [0];
    // Without randomness the wait is only less spread out.
    getrandom::fill(&mut byte).unwrap_or_default();
    pause(length / 2 + length * u32::from(byte[0]) / 512).await;
}

/// The moment by which an answer has to be on its way.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    pub fn after(length: Duration) -> Self {
        Self(Instant::now() + length)
    }

    /// Lambda names the moment in milliseconds since 1970.
    pub fn at_epoch_millis(millis: i64) -> Self {
        let left = millis.saturating_sub(now().as_millisecond());
        Self::after(Duration::from_millis(u64::try_from(left).unwrap_or(0)))
    }

    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Earlier by `margin`, which is kept for what follows.
    #[must_use]
    pub fn less(self, margin: Duration) -> Self {
        Self(self.0.checked_sub(margin).unwrap_or(self.0))
    }

    pub fn instant(self) -> Instant {
        self.0
    }
}
