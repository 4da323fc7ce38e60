//! Throttling of API requests with a token bucket, as in API Gateway.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::protocol::Throttle;

#[derive(Debug)]
pub(super) struct TokenBucket {
    throttle: Throttle,
    level: Mutex<Level>,
}

#[derive(Debug)]
struct Level {
    tokens: f64,
    at: Instant,
}

impl TokenBucket {
    pub(super) fn new(throttle: Throttle, now: Instant) -> Self {
        let level = Level { tokens: f64::from(throttle.burst), at: now };
        Self { throttle, level: Mutex::new(level) }
    }

    pub(super) fn throttle(&self) -> Throttle {
        self.throttle
    }

    /// Takes a token for a request. If there is none, returns the time until there will be one.
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

/// At a rate of 0 the wait would be infinite.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn accepted(bucket: &TokenBucket, from: Instant, at_ms: &[u64]) -> usize {
        at_ms.iter().filter(|ms| bucket.take(from + Duration::from_millis(**ms)).is_ok()).count()
    }

    #[test]
    fn requests_are_limited_by_the_burst_then_the_rate() {
        let start = Instant::now();
        let bucket = TokenBucket::new(Throttle { burst: 3, rate: 2 }, start);
        assert_eq!(accepted(&bucket, start, &[0; 10]), 3);
        assert_eq!(bucket.take(start), Err(Duration::from_millis(500)));
        assert_eq!(accepted(&bucket, start, &[500, 500, 1000, 1000]), 2);
        assert_eq!(accepted(&bucket, start, &[60_000; 10]), 3);
    }

    #[test]
    fn a_rate_of_zero_rejects_everything() {
        let start = Instant::now();
        let bucket = TokenBucket::new(Throttle { burst: 0, rate: 0 }, start);
        assert_eq!(bucket.take(start + Duration::from_hours(1)), Err(LONGEST_WAIT));
    }

    proptest! {
        #[test]
        fn burst_and_rate_are_never_exceeded(
            burst in 1_u32..20,
            rate in 1_u32..20,
            mut at in proptest::collection::vec(0_u64..5_000, 0..200),
        ) {
            at.sort_unstable();
            let start = Instant::now();
            let bucket = TokenBucket::new(Throttle { burst, rate }, start);
            let allowed = u64::from(burst) + at.last().unwrap_or(&0) * u64::from(rate) / 1000;
            prop_assert!(accepted(&bucket, start, &at) as u64 <= allowed);
        }

        #[test]
        fn a_request_after_the_returned_wait_is_accepted(burst in 1_u32..5, rate in 1_u32..50) {
            let start = Instant::now();
            let bucket = TokenBucket::new(Throttle { burst, rate }, start);
            accepted(&bucket, start, &vec![0; burst as usize]);
            let wait = bucket.take(start).unwrap_err();
            prop_assert!(bucket.take(start + wait + Duration::from_micros(1)).is_ok());
        }
    }
}
