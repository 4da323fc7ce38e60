//! The origin secret, by which the function recognizes requests from the distribution, and its rotation.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use crate::system::clock;

/// A secret that the distribution sends to the function. It is never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OriginSecret(String);

impl OriginSecret {
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    pub fn random() -> Self {
        // Two identifiers: 160 random bits.
        Self(format!("{}{}", clock::unique_id(), clock::unique_id()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for OriginSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OriginSecret(…)")
    }
}

/// The origin secrets of a run. The graph reads them whenever it is planned, so that a rotation can change them between
/// two plans.
///
/// During a rotation, the function accepts the current and the next secret, and the distribution may send either. So each
/// of them can be updated first, and a deploy in between changes neither.
#[derive(Debug, Clone)]
pub struct OriginSecrets(Arc<Mutex<Rotation>>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rotation {
    current: OriginSecret,
    next: Option<OriginSecret>,
    /// Whether the distribution must send the next secret.
    is_switching: bool,
}

impl Rotation {
    fn accepted(&self) -> Vec<OriginSecret> {
        std::iter::once(&self.current).chain(&self.next).cloned().collect()
    }
}

impl OriginSecrets {
    pub fn new(current: OriginSecret, next: Option<OriginSecret>) -> Self {
        Self(Arc::new(Mutex::new(Rotation { current, next, is_switching: false })))
    }

    /// Takes over the secrets that are recorded.
    pub fn update(&self, current: OriginSecret, next: Option<OriginSecret>) {
        *self.lock() = Rotation { current, next, is_switching: false };
    }

    /// Returns the next secret, if a rotation has begun.
    pub fn next(&self) -> Option<OriginSecret> {
        self.lock().next.clone()
    }

    /// Returns the secrets that the function accepts.
    pub fn accepted(&self) -> Vec<OriginSecret> {
        self.lock().accepted()
    }

    /// Returns the secrets of which the distribution must send one.
    pub fn sent(&self) -> Vec<OriginSecret> {
        let rotation = self.lock();
        match &rotation.next {
            Some(next) if rotation.is_switching => vec![next.clone()],
            _ => rotation.accepted(),
        }
    }

    /// Lets the function accept another secret.
    pub fn begin(&self, next: OriginSecret) {
        self.lock().next = Some(next);
    }

    /// Lets the distribution send the next secret.
    pub fn switch(&self) {
        self.lock().is_switching = true;
    }

    /// Makes the next secret the only one.
    pub fn finish(&self) {
        let mut rotation = self.lock();
        if let Some(next) = rotation.next.take() {
            *rotation = Rotation { current: next, next: None, is_switching: false };
        }
    }

    fn lock(&self) -> MutexGuard<'_, Rotation> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_function_accepts_each_secret_that_the_distribution_may_send() {
        let [old, new] = ["old", "new"].map(OriginSecret::new);
        let origin = OriginSecrets::new(old.clone(), None);
        let secrets = || (origin.accepted(), origin.sent());
        assert_eq!(secrets(), (vec![old.clone()], vec![old.clone()]));
        origin.begin(new.clone());
        let both = vec![old, new.clone()];
        assert_eq!(secrets(), (both.clone(), both.clone()));
        origin.switch();
        assert_eq!(secrets(), (both, vec![new.clone()]));
        origin.finish();
        assert_eq!(secrets(), (vec![new.clone()], vec![new]));
        assert!(!format!("{origin:?}").contains("new"), "{origin:?}");
    }
}
