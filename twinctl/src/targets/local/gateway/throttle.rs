//! Throttling of API requests with token buckets, as in API Gateway: one for all visitors, and a smaller one for each.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::{protocol::Throttle, visitor::Network};

/// One visitor may use half of the limit for all visitors, so that no visitor can lock out all others.
const PART_OF_ONE_VISITOR: u32 = 2;
/// Above this number, visitors that have sent nothing for a while are forgotten.
const REMEMBERED_VISITORS: usize = 1024;

#[derive(Debug)]
pub(super) struct RequestThrottle {
    throttle: Throttle,
    buckets: Mutex<Buckets>,
}

#[derive(Debug)]
struct Buckets {
    all: TokenBucket,
    visitors: HashMap<Network, TokenBucket>,
}

impl RequestThrottle {
    pub(super) fn new(throttle: Throttle, now: Instant) -> Self {
        let buckets = Buckets { all: TokenBucket::new(throttle, now), visitors: HashMap::new() };
        Self { throttle, buckets: Mutex::new(buckets) }
    }

    pub(super) fn throttle(&self) -> Throttle {
        self.throttle
    }

    /// Takes a token for a request. If there is none, returns the time until the next one.
    pub(super) fn take(&self, visitor: IpAddr, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let Buckets { all, visitors } = &mut *buckets;
        if visitors.len() >= REMEMBERED_VISITORS {
            visitors.retain(|_, bucket| !bucket.is_full(now));
        }
        let part = |limit: u32| limit.div_ceil(PART_OF_ONE_VISITOR);
        let Throttle { burst, rate } = self.throttle;
        let throttle = Throttle { burst: part(burst), rate: part(rate) };
        let own = visitors.entry(visitor.into()).or_insert_with(|| TokenBucket::new(throttle, now));
        own.take(now)?;
        all.take(now).inspect_err(|_| own.give_back())
    }
}

#[derive(Debug)]
struct TokenBucket {
    throttle: Throttle,
    tokens: f64,
    at: Instant,
}

impl TokenBucket {
    fn new(throttle: Throttle, now: Instant) -> Self {
        Self { throttle, tokens: f64::from(throttle.burst), at: now }
    }

    fn take(&mut self, now: Instant) -> Result<(), Duration> {
        self.fill(now);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        let wait = Duration::try_from_secs_f64((1.0 - self.tokens) / f64::from(self.throttle.rate));
        Err(wait.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT))
    }

    fn give_back(&mut self) {
        self.tokens += 1.0;
    }

    fn is_full(&mut self, now: Instant) -> bool {
        self.fill(now);
        self.tokens >= f64::from(self.throttle.burst)
    }

    fn fill(&mut self, now: Instant) {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * f64::from(self.throttle.rate);
        self.tokens = (self.tokens + gained).min(f64::from(self.throttle.burst));
        self.at = now;
    }
}

/// At a rate of 0 the wait would be infinite.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn accepted(bucket: &mut TokenBucket, from: Instant, at_ms: &[u64]) -> usize {
        at_ms.iter().filter(|ms| bucket.take(from + Duration::from_millis(**ms)).is_ok()).count()
    }

    #[test]
    fn requests_are_limited_by_the_burst_then_the_rate() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(Throttle { burst: 3, rate: 2 }, start);
        assert_eq!(accepted(&mut bucket, start, &[0; 10]), 3);
        assert_eq!(bucket.take(start), Err(Duration::from_millis(500)));
        assert_eq!(accepted(&mut bucket, start, &[500, 500, 1000, 1000]), 2);
        assert_eq!(accepted(&mut bucket, start, &[60_000; 10]), 3);
    }

    #[test]
    fn a_rate_of_zero_rejects_everything() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(Throttle { burst: 0, rate: 0 }, start);
        assert_eq!(bucket.take(start + Duration::from_hours(1)), Err(LONGEST_WAIT));
    }

    fn visitor(number: u32) -> IpAddr {
        std::net::Ipv4Addr::from_bits(number).into()
    }

    #[test]
    fn one_visitor_does_not_lock_the_others_out() {
        let start = Instant::now();
        let throttle = RequestThrottle::new(Throttle { burst: 5, rate: 2 }, start);
        let accepted = |number| (0..10).filter(|_| throttle.take(visitor(number), start).is_ok()).count();
        assert_eq!((accepted(1), accepted(2), accepted(3)), (3, 2, 0));
        // A request that is refused because of the others costs no token.
        let later = start + Duration::from_millis(500);
        assert!(throttle.take(visitor(3), later).is_ok());
    }

    #[test]
    fn the_smallest_throttle_accepts_one_visitor() {
        let start = Instant::now();
        let throttle = RequestThrottle::new(Throttle { burst: 1, rate: 1 }, start);
        assert_eq!(throttle.take(visitor(1), start), Ok(()));
        assert_eq!(throttle.take(visitor(1), start), Err(Duration::from_secs(1)));
    }

    #[test]
    fn visitors_that_are_gone_are_forgotten() {
        let start = Instant::now();
        let throttle = RequestThrottle::new(Throttle { burst: 2, rate: 1 }, start);
        for number in 0..10_000 {
            let _result = throttle.take(visitor(number), start + Duration::from_secs(number.into()));
        }
        assert!(throttle.buckets.lock().unwrap().visitors.len() <= REMEMBERED_VISITORS);
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
            let mut bucket = TokenBucket::new(Throttle { burst, rate }, start);
            let allowed = u64::from(burst) + at.last().unwrap_or(&0) * u64::from(rate) / 1000;
            prop_assert!(accepted(&mut bucket, start, &at) as u64 <= allowed);
        }

        #[test]
        fn a_request_after_the_returned_wait_is_accepted(burst in 1_u32..5, rate in 1_u32..50) {
            let start = Instant::now();
            let mut bucket = TokenBucket::new(Throttle { burst, rate }, start);
            accepted(&mut bucket, start, &vec![0; burst as usize]);
            let wait = bucket.take(start).unwrap_err();
            prop_assert!(bucket.take(start + wait + Duration::from_micros(1)).is_ok());
        }
    }
}
