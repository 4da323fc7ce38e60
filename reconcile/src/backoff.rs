//! Delays between attempts, and the time after which to stop trying.

use std::time::Duration;

/// Delays that double from `initial` to `max`, until `timeout` has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    pub initial: Duration,
    pub max: Duration,
    pub timeout: Duration,
}

impl Backoff {
    /// For changes that propagate within seconds and report no status of their own.
    pub const PROPAGATION: Self = Self::from_millis(250, 2_000, 120_000);
    /// For services that are overloaded or busy.
    pub const SERVICE: Self = Self::from_millis(1_000, 8_000, 300_000);

    pub const fn from_millis(initial: u64, max: u64, timeout: u64) -> Self {
        Self {
            initial: Duration::from_millis(initial),
            max: Duration::from_millis(max),
            timeout: Duration::from_millis(timeout),
        }
    }

    /// Returns the delay before attempt number `attempt` (from 0), lengthened by up to a quarter, so that calls that
    /// were throttled together are not repeated together. The same `seed` gives the same delays in every run.
    pub fn delay(&self, attempt: u32, seed: &str) -> Duration {
        let doubled = self.initial.saturating_mul(1 << attempt.min(16));
        let base = doubled.min(self.max);
        base + base.mul_f64(f64::from(jitter(seed, attempt)) / 1024.0)
    }
}

/// Returns a number below 256 that depends on the seed and the attempt (FNV-1a).
fn jitter(seed: &str, attempt: u32) -> u8 {
    let bytes = seed.bytes().chain(attempt.to_le_bytes());
    let hash = bytes.fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash.to_le_bytes()[1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_maximum_plus_at_most_a_quarter() {
        let backoff = Backoff::from_millis(250, 2_000, 48_000);
        let bases = [250, 500, 1_000, 2_000, 2_000, 2_000];
        for (attempt, base) in (0_u32..).zip(bases) {
            let delay = backoff.delay(attempt, "role");
            let base = Duration::from_millis(base);
            assert!(delay >= base && delay <= base.mul_f64(1.25), "{attempt}: {delay:?}");
        }
        assert!(backoff.delay(u32::MAX, "role") <= Duration::from_millis(2_500));
    }

    #[test]
    fn delays_depend_on_the_seed() {
        let backoff = Backoff::SERVICE;
        assert_ne!(backoff.delay(0, "memory bucket"), backoff.delay(0, "web bucket"));
        assert_eq!(backoff.delay(3, "role"), backoff.delay(3, "role"));
    }
}
