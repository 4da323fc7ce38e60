//! The settings of a release on AWS that its version does not contain, and a rollback between two releases.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use crate::{
    spec::Environment,
    targets::{aws::resources::Redirect, record::Release, rollback::Rollback},
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
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub budget: bool,
    pub key_arn: Option<String>,
    /// The hostname of the distribution.
    pub host: Option<String>,
    /// The custom hostname that visitors use, once it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// `None` if an earlier version of twinctl made the release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unrestored: Option<Unrestored>,
}

impl AwsSetup {
    /// Returns the setup, with the access of another one added.
    fn with_access_of(self, other: &Self) -> Self {
        Self {
            model_arns: self.model_arns.union(&other.model_arns).cloned().collect(),
            key_arn: self.key_arn.clone().or_else(|| other.key_arn.clone()),
            ..self
        }
    }
}

/// The access that the version of the last release needs while it still has visitors, during a canary.
#[derive(Debug, Clone, Default)]
pub struct FormerAccess(Arc<Mutex<Option<AwsSetup>>>);

impl FormerAccess {
    /// Keeps the access of the last release, unless the new version has it, too.
    pub(super) fn keep(&self, last: Option<&Release>, next: &AwsSetup, uses_key: bool) {
        let parts = last.and_then(|last| last.parts.as_ref());
        let former = parts.and_then(|parts| serde_json::from_value::<AwsSetup>(parts.setup.clone()).ok());
        let is_more = |former: &AwsSetup| {
            !former.model_arns.is_subset(&next.model_arns) || (former.key_arn.is_some() && !uses_key)
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = former.filter(is_more);
    }

    pub(super) fn added_to(&self, access: &AwsSetup) -> AwsSetup {
        let former = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        former.as_ref().map_or_else(|| access.clone(), |former| access.clone().with_access_of(former))
    }

    /// Removes the access. Returns whether there was any.
    pub(crate) fn remove(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().is_some()
    }
}

/// Settings that a rollback does not restore, although it writes their resources. It does not apply pending changes of
/// them either.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unrestored {
    pub tags: BTreeMap<String, String>,
    pub redirect: Option<Redirect>,
}

impl Unrestored {
    pub(crate) fn of(environment: &Environment) -> Self {
        Self { tags: environment.tags.clone(), redirect: redirect(environment) }
    }
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
    /// Fails if the distribution cannot serve the release, or if the release has a budget and the record knows of no usage
    /// table.
    pub(crate) fn of(
        rollback: Rollback,
        client: aws_sdk_lambda::Client,
        has_usage_table: bool,
    ) -> Result<Self, Diagnostic> {
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
        if to.budget && !has_usage_table {
            let message = format!(
                "the release `{}` counts its spending in a table that was deleted with `budget`; nothing was changed",
                rollback.to.id
            );
            return Err(Diagnostic::new(Exit::Failed, message)
                .cause("without the table, its function does not ask the model")
                .hint("deploy its commit again, or set `budget` and deploy, then roll back"));
        }
        Ok(Self { rollback, to, from, client })
    }

    /// Returns the setup that the rollback records: the release's setup, with the settings that it does not restore.
    pub(crate) fn setup(&self) -> AwsSetup {
        let (to, from) = (self.to.clone(), self.from.clone().unwrap_or_else(|| self.to.clone()));
        let host = from.host.or_else(|| to.host.clone());
        AwsSetup { host, hostname: from.hostname, unrestored: from.unrestored, ..to }
    }

    /// Returns the access of the function's role. The current version needs its own access until the switch, so nothing of it
    /// is removed; the next deploy does that.
    pub(super) fn access(&self) -> AwsSetup {
        self.from.clone().unwrap_or_default().with_access_of(&self.to)
    }

    /// Returns what the user should know before the rollback.
    pub(crate) fn notes(&self) -> Vec<String> {
        let had = |has: fn(&AwsSetup) -> bool| self.from.as_ref().is_some_and(has) && !has(&self.to);
        let expiry = "the restored version is from before `memory.expire_after_days` was set: what visitors write until the \
                      next deployment does not expire";
        let budget = "the restored version has no budget: until the next deployment, nothing limits what its model costs";
        let notes = [(had(|setup| setup.memory_expires), expiry), (had(|setup| setup.budget), budget)];
        notes.into_iter().filter(|(is_lost, _)| *is_lost).map(|(_, note)| note.to_owned()).collect()
    }
}

/// Returns the redirect to the main hostname of the domain.
pub(super) fn redirect(environment: &Environment) -> Option<Redirect> {
    let domain = environment.domain.as_ref()?;
    Some(Redirect { from: domain.redirected()?, to: domain.name.to_string() })
}
