//! Changes of records, all or none in each zone: what was read is named in the same breath as what takes its place, so
//! that nothing is overwritten that nobody looked at.

use std::collections::BTreeMap;

use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ChangeStatus};
use reconcile::Fault;

use super::RecordSet;
use crate::targets::aws::{Answer, Cloud};

/// Route 53 forgets changes after a while; one that is forgotten has long arrived.
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

    /// Sends it, one call for each zone. The ids say later whether every name server knows.
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

/// Whether every name server of the zone knows of a change.
pub(crate) async fn has_arrived(cloud: &Cloud, change: &str) -> Result<bool, Fault> {
    let asked = cloud.route53.get_change().id(change).send().await;
    let asked = asked.found("route53:GetChange", NO_CHANGE)?;
    Ok(asked.and_then(|asked| asked.change_info).is_none_or(|info| info.status == ChangeStatus::Insync))
}
