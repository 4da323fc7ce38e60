//! Reads records from items of the table.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use reconcile::Fault;

use crate::{
    system::host,
    targets::record::{
        Adopted, Birth, Feature, Held, Holder, KnownDomain, OriginSecret, Record, RecordFormat,
    },
};

/// The attributes of an item.
type Item = HashMap<String, AttributeValue>;

/// Reads the record of a DynamoDB item, if there is one. Fails if a newer twinctl wrote it in a format of its own.
pub(crate) fn record(item: Option<&Item>) -> Result<Option<Record>, Fault> {
    let Some(item) = item else { return Ok(None) };
    // A format that is not a number is an unknown one.
    let number = |value: &AttributeValue| value.as_n().ok().and_then(|n| n.parse().ok()).unwrap_or(u64::MAX);
    let twinctl = item.get("twinctl").and_then(|value| value.as_s().ok());
    let adopted = item.get("adopted").map_or_else(|| Some(Adopted::new()), adopted);
    // Resources that were taken over must not be deleted because their record cannot be read.
    let format = if adopted.is_some() { item.get("record_format").map(number) } else { Some(u64::MAX) };
    RecordFormat::stored(format, twinctl.map(String::as_str)).check()?;
    Ok(parts(item).map(|record| Record { adopted: adopted.unwrap_or_default(), ..record }))
}

fn adopted(value: &AttributeValue) -> Option<Adopted> {
    serde_json::from_str(value.as_s().ok()?).ok()
}

/// Returns the record without what was taken over.
fn parts(item: &Item) -> Option<Record> {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    let number = |name: &str| item.get(name).and_then(|value| value.as_n().ok()).and_then(|n| n.parse().ok());
    let lease = text("lease").map(|id| Held {
        id: id.clone(),
        beat: number("beat").unwrap_or_default(),
        holder: text("holder")
            .and_then(|json| serde_json::from_str(json).ok())
            .unwrap_or_else(unknown_holder),
    });
    Some(Record {
        birth: Birth {
            id: text("birth")?.clone(),
            origin_secret: OriginSecret::new(text("origin_secret")?.clone()),
        },
        next_origin_secret: text("next_origin_secret").cloned().map(OriginSecret::new),
        fence: number("fence").unwrap_or_default(),
        lease,
        releases: text("releases").and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default(),
        destroying: text("destroying").and_then(|json| serde_json::from_str(json).ok()),
        domains: item.get("domains").map(domains).unwrap_or_default(),
        features: Feature::ALL.into_iter().filter(|feature| item.contains_key(feature.name())).collect(),
        expiry: text("expiry").and_then(|json| serde_json::from_str(json).ok()),
        canary: text("canary").and_then(|json| serde_json::from_str(json).ok()),
        adopted: Adopted::new(),
    })
}

fn domains(set: &AttributeValue) -> BTreeSet<KnownDomain> {
    let notes = set.as_ss().map(Vec::as_slice).unwrap_or_default().iter();
    notes.filter_map(|json| serde_json::from_str(json).ok()).collect()
}

/// Returns a placeholder for a holder in the format of another version of twinctl. The lock is held nevertheless.
fn unknown_holder() -> Holder {
    let process = host::Process {
        host: "an unknown host (recorded by another version of twinctl)".to_owned(),
        boot: String::new(),
        pid_namespace: String::new(),
        pid: 0,
        started: String::new(),
    };
    Holder {
        user: "someone".to_owned(),
        process,
        ci_run: None,
        command: "?".to_owned(),
        since: Timestamp::UNIX_EPOCH,
    }
}
