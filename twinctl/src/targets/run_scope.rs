//! The aim of a run, and the part of an environment that it works on. Both determine the data that the lock records.

use std::collections::BTreeSet;

use crate::{
    spec::Environment,
    targets::record::{ExpiryChange, Feature},
};

/// Whether resources are used or removed. It matters for a resource that is scheduled for deletion: it still exists
/// for a run that uses it, and is gone for a run that removes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    Use,
    /// Used, and existing resources of another tool are taken over.
    Adopt,
    Remove,
}

impl Aim {
    /// A run that uses the environment renews its time to live. One that deletes it does not, so that `sweep` finishes it
    /// if it is interrupted.
    pub(crate) fn expiry_change(self, environment: &Environment) -> ExpiryChange {
        match self {
            Self::Use | Self::Adopt => ExpiryChange::renewal(environment),
            Self::Remove => ExpiryChange::Keep,
        }
    }
}

/// The part of an environment that a run works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'r> {
    Everything,
    /// Everything except the data files. For runs without data files.
    WithoutData,
    /// Only the data files.
    Data,
    /// Only what a rollback restores.
    Release {
        /// The release to restore, if not the last healthy one.
        id: Option<&'r str>,
        /// Whether its set of data files is restored, too.
        with_data: bool,
    },
}

impl Part<'_> {
    /// Returns the canary that is recorded with the lock: that of a run that may make a release.
    pub(crate) fn canary(self, aim: Aim, environment: &Environment) -> Option<String> {
        let makes_release = self.has_all_resources() && aim != Aim::Remove;
        environment.release.canary.as_ref().filter(|_| makes_release).map(ToString::to_string)
    }

    /// Returns the features that are recorded with the lock: those of a run that may create their resources.
    pub(crate) fn features(self, environment: &Environment) -> BTreeSet<Feature> {
        if self.has_all_resources() { Feature::of(environment) } else { BTreeSet::new() }
    }

    fn has_all_resources(self) -> bool {
        matches!(self, Self::Everything | Self::WithoutData)
    }
}
