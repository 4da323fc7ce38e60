//! The files of the last releases, in one object, so that one call reads them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::artifacts::{
    version_of,
    web::{KEPT_RELEASES, Manifest, ManifestEntry},
};

pub(super) const KEY: &str = ".twinctl/releases/current.json";
/// The prefix of objects that twinctl keeps for itself. They are not files of the page.
const OWN_PREFIX: &str = ".twinctl/";
const VERSION: u32 = 1;

pub(super) fn is_internal(key: &str) -> bool {
    key.starts_with(OWN_PREFIX)
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct History {
    version: u32,
    /// Newest first.
    releases: Vec<Release>,
    /// Keys that existed before the first release and that no release has uploaded. They are never deleted.
    found: BTreeSet<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Release {
    id: String,
    manifest: Manifest,
}

#[derive(Debug, thiserror::Error)]
#[error("`{KEY}` has version {0}, which this twinctl does not know")]
pub(super) struct UnknownVersion(u32);

impl History {
    /// Parses a history. An invalid one counts as empty: every file is then uploaded again, and none is deleted.
    pub(super) fn from_json(json: &[u8]) -> Result<Self, UnknownVersion> {
        match version_of(json) {
            Ok(version) if version != VERSION => Err(UnknownVersion(version)),
            _ => Ok(serde_json::from_slice(json).unwrap_or_default()),
        }
    }

    pub(super) fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// Returns the manifests, newest first.
    pub(super) fn manifests(&self) -> Vec<Manifest> {
        self.releases.iter().map(|release| release.manifest.clone()).collect()
    }

    pub(super) fn newest(&self) -> Option<&Manifest> {
        self.releases.first().map(|release| &release.manifest)
    }

    pub(super) fn newest_id(&self) -> Option<&str> {
        self.releases.first().map(|release| release.id.as_str())
    }

    /// Returns whether an object belongs to one of these releases or existed before the first release.
    pub(super) fn knows(&self, key: &str) -> bool {
        self.found.contains(key)
            || self.releases.iter().any(|release| release.manifest.files.contains_key(key))
    }

    /// Returns whether an object existed before the first release.
    pub(super) fn was_found(&self, key: &str) -> bool {
        self.found.contains(key)
    }

    pub(super) fn manifest(&self, id: &str) -> Option<&Manifest> {
        self.releases.iter().find(|release| release.id == id).map(|release| &release.manifest)
    }

    /// Returns the entry of the newest release that contains a file.
    pub(super) fn last_written(&self, key: &str) -> Option<&ManifestEntry> {
        self.releases.iter().find_map(|release| release.manifest.files.get(key))
    }

    /// Makes a release the newest one again.
    pub(super) fn restored(&self, id: &str) -> Self {
        let (restored, others): (Vec<_>, Vec<_>) =
            self.releases.iter().cloned().partition(|release| release.id == id);
        Self { releases: [restored, others].concat(), ..self.clone() }
    }

    /// Adds a release. With the first one, records the objects that exist already. Older releases are dropped unless they are
    /// `kept`, because a rollback may need them.
    pub(super) fn with(
        &self,
        id: &str,
        manifest: &Manifest,
        objects: &BTreeMap<String, String>,
        kept: &BTreeSet<String>,
    ) -> Self {
        let found =
            if self.releases.is_empty() { objects.keys().cloned().collect() } else { self.found.clone() };
        let found = found.into_iter().filter(|key| !manifest.files.contains_key(key)).collect();
        let release = Release { id: id.to_owned(), manifest: manifest.clone() };
        let older = self.releases.iter().enumerate();
        let older = older.filter(|(index, older)| *index < KEPT_RELEASES || kept.contains(&older.id));
        let releases = [release].into_iter().chain(older.map(|(_, release)| release.clone()));
        Self { version: VERSION, releases: releases.collect(), found }
    }
}
