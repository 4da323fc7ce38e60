//! How often to look again, and for how long.

use std::time::Duration;

/// Pauses that double from `first` to `cap`, until `patience` is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cadence {
    pub first: Duration,
    pub cap: Duration,
    pub patience: Duration,
}

impl Cadence {
    /// For what spreads within seconds and has no "ready": looked at densely.
    pub const PROPAGATION: Self = Self::new(250, 2_000, 120_000);
    /// For services that ask to be left alone for a moment.
    pub const BACKOFF: Self = Self::new(1_000, 8_000, 300_000);

    pub const fn new(first_ms: u64, cap_ms: u64, patience_ms: u64) -> Self {
        Self {
            first: Duration::from_millis(first_ms),
            cap: Duration::from_millis(cap_ms),
            patience: Duration::from_millis(patience_ms),
        }
    }

    /// The pause before look number `attempt` (from 0), stretched by up to a quarter so that things
    /// refused together do not come back together. `salt` decides the stretch: the same run, the same pauses.
    pub fn pause(&self, attempt: u32, salt: &str) -> Duration {
        let doubled = self.first.saturating_mul(1 << attempt.min(16));
        let base = doubled.min(self.cap);
        base + base.mul_f64(f64::from(spread(salt, attempt)) / 1024.0)
    }
}

/// A number below 256 that differs between names and attempts (FNV-1a).
fn spread(salt: &str, attempt: u32) -> u8 {
    let bytes = salt.bytes().chain(attempt.to_le_bytes());
    let hash = bytes.fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash.to_le_bytes()[1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_cap_and_stay_within_a_quarter_above_it() {
        let cadence = Cadence::new(250, 2_000, 48_000);
        let bases = [250, 500, 1_000, 2_000, 2_000, 2_000];
        for (attempt, base) in (0_u32..).zip(bases) {
            let pause = cadence.pause(attempt, "role");
            let base = Duration::from_millis(base);
            assert!(pause >= base && pause <= base.mul_f64(1.25), "{attempt}: {pause:?}");
        }
        assert!(cadence.pause(u32::MAX, "role") <= Duration::from_millis(2_500));
    }

    #[test]
    fn two_names_do_not_pause_in_step() {
        let cadence = Cadence::BACKOFF;
        assert_ne!(cadence.pause(0, "memory bucket"), cadence.pause(0, "web bucket"));
        assert_eq!(cadence.pause(3, "role"), cadence.pause(3, "role"));
    }
}
