//! How many requests are let in: a bucket of tokens, filled at a steady rate, as the gateway of AWS has it.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::protocol::Throttle;

#[derive(Debug)]
pub(super) struct Bucket {
    throttle: Throttle,
    level: Mutex<Level>,
}

#[derive(Debug)]
struct Level {
    tokens: f64,
    at: Instant,
}

impl Bucket {
    pub(super) fn new(throttle: Throttle, now: Instant) -> Self {
        let level = Level { tokens: f64::from(throttle.burst), at: now };
        Self { throttle, level: Mutex::new(level) }
    }

    pub(super) fn throttle(&self) -> Throttle {
        self.throttle
    }

    /// Lets a request in, or says how long it is until one would be.
    pub(super) fn take(&self, now: Instant) -> Result<(), Duration> {
        let (burst, rate) = (f64::from(self.throttle.burst), f64::from(self.throttle.rate));
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let gained = now.saturating_duration_since(level.at).as_secs_f64() * rate;
        *level = Level { tokens: (level.tokens + gained).min(burst), at: now };
        if level.tokens >= 1.0 {
            level.tokens -= 1.0;
            return Ok(());
        }
        let wait = Duration::try_from_secs_f64((1.0 - level.tokens) / rate);
        Err(wait.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT))
    }
}

/// At a rate of nothing at all the wait would have no end.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn let_in(bucket: &Bucket, from: Instant, at_ms: &[u64]) -> usize {
        at_ms.iter().filter(|ms| bucket.take(from + Duration::from_millis(**ms)).is_ok()).count()
    }

    #[test]
    fn a_burst_then_the_rate() {
        let start = Instant::now();
        let bucket = Bucket::new(Throttle { burst: 3, rate: 2 }, start);
        assert_eq!(let_in(&bucket, start, &[0; 10]), 3);
        assert_eq!(bucket.take(start), Err(Duration::from_millis(500)));
        assert_eq!(let_in(&bucket, start, &[500, 500, 1000, 1000]), 2);
        assert_eq!(let_in(&bucket, start, &[60_000; 10]), 3);
    }

    #[test]
    fn a_rate_of_nothing_lets_nothing_in_for_ever() {
        let start = Instant::now();
        let bucket = Bucket::new(Throttle { burst: 0, rate: 0 }, start);
        assert_eq!(bucket.take(start + Duration::from_hours(1)), Err(LONGEST_WAIT));
    }

    proptest! {
        #[test]
        fn never_more_than_burst_and_rate_allow(
            burst in 1_u32..20,
            rate in 1_u32..20,
            mut at in proptest::collection::vec(0_u64..5_000, 0..200),
        ) {
            at.sort_unstable();
            let start = Instant::now();
            let bucket = Bucket::new(Throttle { burst, rate }, start);
            let allowed = u64::from(burst) + at.last().unwrap_or(&0) * u64::from(rate) / 1000;
            prop_assert!(let_in(&bucket, start, &at) as u64 <= allowed);
        }

        #[test]
        fn whoever_waits_as_told_is_let_in(burst in 1_u32..5, rate in 1_u32..50) {
            let start = Instant::now();
            let bucket = Bucket::new(Throttle { burst, rate }, start);
            let_in(&bucket, start, &vec![0; burst as usize]);
            let wait = bucket.take(start).unwrap_err();
            prop_assert!(bucket.take(start + wait + Duration::from_micros(1)).is_ok());
        }
    }
}
