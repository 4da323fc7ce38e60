//! The note of a plan about a new or shorter expiry of the memory bucket.

use aws_sdk_s3::types::Object;
use contract::expiry;
use reconcile::{Fault, Plan};

use crate::{
    system::clock,
    targets::{
        aws::{
            Cloud,
            names::Names,
            resources::bucket::{list, tagged_expiry},
            stack::MEMORY_BUCKET,
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
