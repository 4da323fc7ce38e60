//! The canary in the graph: what it tries, and what waits for it.

use std::sync::Arc;

use reconcile::{After, Handle};

use super::{StackBuilder, setup::AwsSetup};
use crate::{
    targets::{
        Aim,
        aws::resources::{Canary, LiveOutput},
    },
    twin::canary,
};

impl StackBuilder<'_> {
    /// Returns the canary that a new version has to pass, if any.
    pub(super) fn canary(&self) -> Option<Canary> {
        let names = &self.context.names;
        canary::Canary::of(self.environment).map(|settings| Canary {
            settings,
            log_group: names.log_group.clone(),
            log_group_arn: names.log_group_arn(),
            origin: self.context.origin.clone(),
            under_way: Arc::clone(&self.context.canary.under_way),
        })
    }

    /// Returns the end of the canary, if visitors may have to wait for it: until then, they get the page of the previous version,
    /// with its headers.
    pub(super) fn after_canary(&self, live: Handle<LiveOutput>) -> Option<After> {
        self.has_canary().then(|| live.after())
    }

    /// Whether a new version can have a canary: there is a previous one.
    pub(super) fn has_canary(&self) -> bool {
        self.environment.release.canary.is_some() && self.is_deployed() && self.context.aim != Aim::Remove
    }

    /// Keeps the access of the last release in the function's role until the end of a canary.
    pub(super) fn keep_former_access(&self, next: &AwsSetup, uses_key: bool) {
        if self.has_canary() {
            self.context.canary.former_access.keep(self.context.last_release.as_ref(), next, uses_key);
        }
    }
}
