//! The notes of a plan about what S3 will delete: a new or shorter expiry of the memory bucket, and old versions.

use aws_sdk_s3::types::Object;
use contract::expiry;
use reconcile::{Change, Fault, Plan, Planned};

use crate::{
    system::clock,
    targets::{
        aws::{
            Cloud,
            names::Names,
            resources::bucket::{UNSET, list, tagged_expiry},
            stack::{DATA_NODES, MEMORY_BUCKET, NONCURRENT_DAYS},
        },
        expiry_note::{ExpiryChange, is_shorter, keeps_memory},
    },
};

const DAY: i64 = 24 * 60 * 60;

/// Returns the change of the expiry, if the plan sets one or shortens it. `new` is the expiry in days.
pub(super) async fn change(
    cloud: &Cloud,
    names: &Names,
    plan: &Plan,
    new: u32,
) -> Result<Option<ExpiryChange>, Fault> {
    let planned = plan.nodes.iter().find(|planned| planned.node == MEMORY_BUCKET);
    let changes_lifecycle = planned
        .is_some_and(|planned| planned.changes.iter().any(|change| change.field.starts_with("lifecycle.")));
    if !changes_lifecycle || !keeps_memory(plan, MEMORY_BUCKET) {
        return Ok(None);
    }
    let old = tagged_expiry(cloud, &names.memory_bucket).await?;
    if !is_shorter(old, new) {
        return Ok(None);
    }
    let objects = list(cloud, &names.memory_bucket).await?.unwrap_or_default();
    let limit = clock::now().as_second() - DAY * i64::from(new);
    let is_old = |object: &&Object| object.last_modified().is_some_and(|time| time.secs() < limit);
    // Untagged objects do not expire, but are counted too: reading the tags would take one call for each object.
    let soon = match objects.iter().filter(is_old).count() {
        0 => None,
        count => Some(format!("those of {count} old ones that have the tag `{}`", expiry::TAG.0)),
    };
    Ok(Some(ExpiryChange { old, new, soon }))
}

/// Returns a note for each existing bucket whose old versions expire from now on, as in a bucket that is taken over.
pub(super) fn old_versions(plan: &Plan) -> impl Iterator<Item = String> {
    let is_new = |change: &Change| change.field == "lifecycle.twinctl" && change.old.is_none();
    // Without versioning, there are no old versions.
    let is_unversioned =
        |change: &Change| change.field == "versioning" && change.old.as_deref() == Some(UNSET);
    let deletes = move |planned: &&Planned| {
        DATA_NODES.contains(&planned.node)
            && keeps_memory(plan, planned.node)
            && planned.changes.iter().any(is_new)
            && !planned.changes.iter().any(is_unversioned)
    };
    plan.nodes.iter().filter(deletes).map(|planned| {
        format!(
            "S3 will delete what was replaced or deleted in the {} more than {NONCURRENT_DAYS} days ago, also by others before \
             this deploy; to keep such versions, copy them first",
            planned.node
        )
    })
}
