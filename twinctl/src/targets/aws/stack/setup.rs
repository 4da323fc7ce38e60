//! The settings of a release on AWS that its version does not contain, and a rollback between two releases.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    targets::rollback::Rollback,
    ui::{Diagnostic, Exit},
};

/// The settings that the record of a release contains, because its version does not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwsSetup {
    pub burst: u16,
    pub rate: u16,
    pub frame_ancestors: Vec<String>,
    /// The access that the function's role needs.
    pub model_arns: BTreeSet<String>,
    pub memory_expires: bool,
    pub key_arn: Option<String>,
    /// The hostname of the distribution.
    pub host: Option<String>,
}

/// A rollback, with what the target recorded of both releases.
#[derive(Debug, Clone)]
pub struct Restored {
    pub(super) rollback: Rollback,
    pub(super) to: AwsSetup,
    /// `None` if an earlier version of twinctl made the current release.
    pub(super) from: Option<AwsSetup>,
    /// Invokes the version before the lock is taken.
    pub(super) client: aws_sdk_lambda::Client,
}

impl Restored {
    /// Fails if the distribution cannot serve the release.
    pub(crate) fn of(rollback: Rollback, client: aws_sdk_lambda::Client) -> Result<Self, Diagnostic> {
        let (to, from) = rollback.setups::<AwsSetup>()?;
        if rollback.from.found.stream_api.is_some() && rollback.to.found.stream_api.is_none() {
            let message = format!(
                "the release `{}` was made before `streaming` was turned on; nothing was changed",
                rollback.to.id
            );
            return Err(Diagnostic::new(Exit::Failed, message)
                .cause("its function may not answer the requests that the distribution sends now")
                .hint("deploy its commit again, with `streaming: false`"));
        }
        Ok(Self { rollback, to, from, client })
    }

    /// Returns the hostname of the distribution.
    pub(crate) fn host(&self) -> Option<String> {
        self.from.as_ref().and_then(|from| from.host.clone()).or_else(|| self.to.host.clone())
    }

    /// Returns the access of the function's role, if the release needs more than the current one. The current version needs
    /// its own access until the switch, so nothing is removed; the next deploy does that.
    pub(super) fn access(&self) -> Option<AwsSetup> {
        let from = self.from.clone().unwrap_or_default();
        let both = AwsSetup {
            model_arns: from.model_arns.union(&self.to.model_arns).cloned().collect(),
            memory_expires: from.memory_expires || self.to.memory_expires,
            key_arn: from.key_arn.clone().or_else(|| self.to.key_arn.clone()),
            ..from.clone()
        };
        (both != from).then_some(both)
    }
}
