//! Implements `diff`.

use std::collections::BTreeMap;

use reconcile::{Change, Changes};

use super::{
    StreamApi, StreamApiActual, StreamApiDesired,
    actual::{StageActual, settings},
    definition::{METHOD, PATH, deployment, method_settings},
};
use crate::targets::aws::names::STREAM_STAGE as STAGE;

/// The key of our method among the methods.
pub(super) fn our_method() -> String {
    format!("{METHOD} {PATH}")
}

impl StreamApi {
    pub(super) fn changes(
        &self,
        desired: &StreamApiDesired,
        actual: Option<&StreamApiActual>,
    ) -> Vec<Change> {
        let mut changes = Changes::new();
        self.compare_settings(&mut changes, actual);
        self.labels.compare(&mut changes, actual.map(|actual| &actual.tags));
        compare_methods(&mut changes, desired, actual);
        for kind in actual.into_iter().flat_map(|actual| &actual.responses) {
            changes.push(removal(format!("gateway_response.{kind}"), "another response"));
        }
        let wanted = deployment(&self.definition(desired));
        changes.value("deployment", &wanted, actual.and_then(StreamApiActual::deployed));
        compare_stage(&mut changes, desired, actual.and_then(StreamApiActual::stage));
        for stage in actual.into_iter().flat_map(StreamApiActual::other_stages) {
            changes.push(removal(format!("stage.{}", stage.name), "another stage"));
        }
        for old in actual.into_iter().flat_map(StreamApiActual::old_deployments) {
            changes.push(removal(format!("deployment.{}", old.id), &old.description));
        }
        changes.into_vec()
    }

    pub(super) fn compare_settings(&self, changes: &mut Changes, actual: Option<&StreamApiActual>) {
        let none = BTreeMap::new();
        let actual = actual.map_or(&none, |actual| &actual.settings);
        compare(changes, "", &settings(&self.name, &self.description()), actual);
    }
}

/// Compares all methods. An API that was just created has none.
pub(super) fn compare_methods(
    changes: &mut Changes,
    desired: &StreamApiDesired,
    actual: Option<&StreamApiActual>,
) {
    let (ours, none) = (our_method(), BTreeMap::new());
    let methods = actual.map(|actual| &actual.methods);
    let existing = methods.and_then(|methods| methods.get(&ours));
    compare(changes, "method.", &method_settings(desired), existing.unwrap_or(&none));
    for (name, settings) in methods.into_iter().flatten().filter(|(name, _)| **name != ours) {
        let target = settings.get("target").map(String::as_str).unwrap_or_default();
        changes.push(removal(format!("method.{name}"), target));
    }
}

fn compare<const N: usize>(
    changes: &mut Changes,
    prefix: &str,
    wanted: &[(&'static str, String); N],
    actual: &BTreeMap<&'static str, String>,
) {
    for (name, value) in wanted {
        changes.value(&format!("{prefix}{name}"), value, actual.get(*name));
    }
    for (name, value) in actual.iter().filter(|(name, _)| wanted.iter().all(|(wanted, _)| wanted != *name)) {
        changes.push(removal(format!("{prefix}{name}"), value));
    }
}

pub(super) fn compare_stage(changes: &mut Changes, desired: &StreamApiDesired, actual: Option<&StageActual>) {
    changes
        .value("stage", &STAGE.to_owned(), actual.map(|actual| &actual.name))
        .optional(
            "throttle.burst",
            Some(&i64::from(desired.burst)),
            actual.and_then(|actual| actual.burst.as_ref()),
        )
        .optional(
            "throttle.rate",
            Some(&f64::from(desired.rate)),
            actual.and_then(|actual| actual.rate.as_ref()),
        );
    for (path, value) in actual.iter().flat_map(|stage| &stage.extra) {
        changes.push(removal(format!("stage{path}"), value));
    }
}

fn removal(field: String, old: &str) -> Change {
    Change::new(field, Some(old.to_owned()), None)
}
