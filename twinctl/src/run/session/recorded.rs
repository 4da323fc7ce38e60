//! The record of a run: the release that it makes, and what must be recorded before the resources change.

use super::Session;
use crate::{
    artifacts::settings,
    system::{clock, host},
    targets::{
        Target,
        record::{Feature, FormerDomains, KnownDomain, Record, Release, ReleaseParts},
    },
};

impl<T: Target> Session<T> {
    /// Returns the record of a release of the current state. The caller adds its hashes and its commit.
    pub(crate) fn new_release(&self) -> Release {
        let deployed = self.target.deployed(&self.engine);
        let known = self.last_release().and_then(|last| last.parts.as_ref()?.data.clone());
        let data = self.target.data_files(&self.engine);
        let data = data.and_then(|files| files.history.newest().map(|set| set.id.clone()));
        Release {
            id: self.release.clone(),
            at: clock::now(),
            by: host::user(),
            commit: None,
            version: deployed.version,
            code_sha256: String::new(),
            web_sha256: String::new(),
            page: self.sources.get().map(|sources| T::page_settings(sources)).unwrap_or_default(),
            found: deployed.found,
            parts: Some(ReleaseParts {
                page: deployed.page,
                settings_sha256: settings::settings_sha256(&self.environment),
                model: settings::model(&self.environment),
                data: data.or(known),
                setup: deployed.setup,
            }),
            restores: None,
            rolled_back: false,
            unverified: false,
        }
    }

    /// Returns whether the recorded domains are up to date: exactly the current domain, or also former ones as long as
    /// their resources may exist.
    pub(crate) fn domains_are_recorded(&self, record: &Record) -> bool {
        let current = self.environment.domain.iter().map(KnownDomain::from).collect();
        match self.target.former_domains(&self.engine) {
            FormerDomains::Removed => record.domains == current,
            FormerDomains::MayExist => record.domains.is_superset(&current),
        }
    }

    /// Returns whether the recorded features are up to date, like the domains.
    pub(crate) fn features_are_recorded(&self, record: &Record) -> bool {
        let current = Feature::of(&self.environment);
        match self.target.former_domains(&self.engine) {
            FormerDomains::Removed => record.features == current,
            FormerDomains::MayExist => record.features.is_superset(&current),
        }
    }

    /// Whether the environment has a cost budget that is not recorded.
    pub(crate) fn has_new_cost_budget(&self) -> bool {
        let is_known = |record: &Record| record.features.contains(&Feature::CostBudget);
        Feature::of(&self.environment).contains(&Feature::CostBudget) && !self.record().is_some_and(is_known)
    }

    /// Whether the run may have to wait for a certificate.
    pub(crate) fn has_new_domain(&self) -> bool {
        let is_known = |record: &Record| self.domains_are_recorded(record);
        self.environment.domain.is_some() && !self.seen.as_ref().is_some_and(is_known)
    }
}
