//! Batches of record changes. In each zone, all changes of a batch are applied or none. A replacement deletes the
//! record that was read in the same batch, so it fails if the record has changed since.

use std::collections::BTreeMap;

use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ChangeStatus};
use reconcile::Fault;

use super::RecordSet;
use crate::targets::aws::{Cloud, SdkResult};

/// Route 53 deletes old changes, which have propagated long before.
const NO_CHANGE: &[&str] = &["NoSuchChange"];

#[derive(Debug, Default)]
pub(crate) struct Batch(BTreeMap<String, Vec<Change>>);

impl Batch {
    pub(crate) fn delete(&mut self, record: &RecordSet) {
        self.push(ChangeAction::Delete, record);
    }

    pub(crate) fn create(&mut self, record: &RecordSet) {
        self.push(ChangeAction::Create, record);
    }

    fn push(&mut self, action: ChangeAction, record: &RecordSet) {
        let change = Change::builder().action(action).resource_record_set(record.set.clone()).build();
        self.0.entry(record.zone.id.clone()).or_default().extend(change.ok());
    }

    /// Sends the changes, one call per zone. Returns the ids of the changes for [`is_propagated`].
    pub(crate) async fn send(self, cloud: &Cloud) -> Result<Vec<String>, Fault> {
        let mut ids = Vec::new();
        for (zone, changes) in self.0 {
            let batch = ChangeBatch::builder().set_changes(Some(changes)).build();
            let request = cloud.route53.change_resource_record_sets().hosted_zone_id(zone);
            let changed = request.set_change_batch(batch.ok()).send().await;
            let changed = changed.fault("route53:ChangeResourceRecordSets")?;
            ids.extend(
                changed.change_info.map(|info| info.id.rsplit('/').next().unwrap_or_default().to_owned()),
            );
        }
        Ok(ids)
    }
}

/// Returns whether a change has reached all name servers of its zone.
pub(crate) async fn is_propagated(cloud: &Cloud, change: &str) -> Result<bool, Fault> {
    let response = cloud.route53.get_change().id(change).send().await;
    let info = response.found("route53:GetChange", NO_CHANGE)?.and_then(|response| response.change_info);
    Ok(info.is_none_or(|info| info.status == ChangeStatus::Insync))
}
