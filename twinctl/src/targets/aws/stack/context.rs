//! The inputs of the graph.

use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock, atomic::AtomicBool},
};

use super::setup::{FormerAccess, Restored};
use crate::{
    artifacts::{data::DesiredFiles, lambda::LambdaZip, web::WebBundle},
    targets::{
        Aim,
        aws::{names::Names, resources::Boundary},
        record::{Birth, Feature, KeptReleases, KnownDomain, KnownIds, OriginSecrets, Release},
    },
};

/// The content that a deployment uploads. `None` means "leave unchanged", for runs without a build.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    pub code: Option<Arc<LambdaZip>>,
    pub web: Option<Arc<WebBundle>>,
    pub data: DesiredFiles,
}

impl Sources {
    /// Returns the hash of the code, in Lambda's format, and the hash of all files of the page.
    pub fn hashes(&self) -> (String, String) {
        let code = self.code.as_ref().map(|zip| zip.sha256_base64.clone()).unwrap_or_default();
        let web = self.web.as_ref().map(|web| web.hash());
        (code, web.unwrap_or_default())
    }
}

/// The canary of this run.
#[derive(Debug, Clone, Default)]
pub struct OwnCanary {
    /// Whether it may have changed the alias.
    pub under_way: Arc<AtomicBool>,
    pub former_access: FormerAccess,
}

/// The inputs of the graph besides the environment.
#[derive(Debug, Clone)]
pub struct StackContext {
    pub names: Names,
    /// Custom endpoint of all services, also for the function. `None` means AWS.
    pub endpoint_url: Option<String>,
    /// Whether the environment is used or removed.
    pub aim: Aim,
    /// The permissions boundary of the function's role.
    pub boundary: Boundary,
    /// The models that the function may invoke.
    pub model_arns: Vec<String>,
    pub birth: Birth,
    pub origin: OriginSecrets,
    /// The release that a deploy would make.
    pub release: String,
    /// `None` before the first release.
    pub last_release: Option<Release>,
    /// The recorded releases, whose pages are not deleted.
    pub kept: KeptReleases,
    /// Set for a rollback.
    pub restored: Option<Restored>,
    /// The domains in the environment's record.
    pub domains: BTreeSet<KnownDomain>,
    /// The features in the environment's record, whose resources may exist.
    pub features: BTreeSet<Feature>,
    pub canary: OwnCanary,
    /// Whether the environment's record has resources that were taken over.
    pub has_adopted: bool,
    /// Set while AWS is observed, before the plan is made.
    pub sources: Arc<OnceLock<Sources>>,
}

impl StackContext {
    pub(super) fn found(&self) -> KnownIds {
        self.last_release.as_ref().map(|last| last.found.clone()).unwrap_or_default()
    }

    /// Whether resources of a feature may exist, according to the environment's record.
    pub(super) fn had(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    /// Whether existing resources may belong to another tool.
    pub(super) fn takes_over(&self) -> bool {
        match self.aim {
            Aim::Adopt => true,
            Aim::Use => self.has_adopted,
            Aim::Remove => false,
        }
    }
}
