//! The pages and versions that a deploy does not remove.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use super::release::Release;

/// The pages and versions of the recorded releases, which a rollback may need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    pub pages: BTreeSet<String>,
    pub versions: BTreeSet<String>,
}

impl Kept {
    fn of(releases: &[Release]) -> Self {
        let parts = releases.iter().filter_map(|release| release.parts.as_ref());
        Self {
            pages: parts.map(|parts| parts.page.clone()).collect(),
            versions: releases.iter().map(|release| release.version.clone()).collect(),
        }
    }
}

/// The releases that a run keeps. The graph reads them whenever it is planned, because another run may make a release while this one waits
/// for the lock.
#[derive(Debug, Clone)]
pub struct KeptReleases(Arc<Mutex<Arc<Kept>>>);

impl KeptReleases {
    pub fn of(releases: &[Release]) -> Self {
        Self(Arc::new(Mutex::new(Arc::new(Kept::of(releases)))))
    }

    /// Takes over the releases that are recorded.
    pub fn update(&self, releases: &[Release]) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(Kept::of(releases));
    }

    pub fn get(&self) -> Arc<Kept> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
