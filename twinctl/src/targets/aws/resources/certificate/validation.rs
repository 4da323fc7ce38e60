//! The DNS records by which ACM validates that we control a hostname.

use std::{collections::BTreeSet, sync::Arc};

use aws_sdk_route53::types::RrType;
use futures_util::future::try_join_all;
use reconcile::Fault;

use crate::targets::aws::{
    Cloud,
    resources::route53::{Batch, RecordSet, Zones, records_at},
};

/// A CNAME record that must exist for as long as the certificate is renewed. It depends only on the hostname and the
/// account, so all certificates for a hostname need the same one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ValidationRecord {
    /// The hostname that is validated.
    pub hostname: String,
    pub name: String,
    pub value: String,
}

/// How DNS records are written.
#[derive(Debug, Clone)]
pub enum DnsMode {
    /// By twinctl, to these zones.
    Route53(Arc<Zones>),
    /// By you, at another DNS host.
    Manual,
}

/// A validation record, and the existing record with its name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RecordPair {
    pub(super) wanted: ValidationRecord,
    pub(super) existing: Option<RecordSet>,
}

impl RecordPair {
    pub(super) fn is_correct(&self) -> bool {
        self.existing.as_ref().is_some_and(|record| record.points_to(&self.wanted.value))
    }
}

/// Reads the existing records from Route 53. Returns nothing in manual mode.
pub(super) async fn read(
    cloud: &Cloud,
    dns: &DnsMode,
    wanted: &[ValidationRecord],
) -> Result<Vec<RecordPair>, Fault> {
    let DnsMode::Route53(zones) = dns else { return Ok(Vec::new()) };
    try_join_all(wanted.iter().map(|wanted| read_one(cloud, zones, wanted))).await
}

async fn read_one(cloud: &Cloud, zones: &Zones, wanted: &ValidationRecord) -> Result<RecordPair, Fault> {
    let existing = match zones.find(cloud, &wanted.hostname).await? {
        Some(zone) => records_at(cloud, zone, &wanted.name).await?,
        None => Vec::new(),
    };
    let existing = existing.into_iter().find(|record| *record.kind() == RrType::Cname);
    Ok(RecordPair { wanted: wanted.clone(), existing })
}

/// Writes the records that are missing or incorrect.
pub(super) async fn write(cloud: &Cloud, dns: &DnsMode, records: &[RecordPair]) -> Result<(), Fault> {
    let DnsMode::Route53(zones) = dns else { return Ok(()) };
    let mut batch = Batch::default();
    let mut written = BTreeSet::new();
    for RecordPair { wanted, existing } in records.iter().filter(|record| !record.is_correct()) {
        if written.insert(&wanted.name) {
            if let Some(existing) = existing {
                batch.delete(existing);
            }
            let zone = zones.require(cloud, &wanted.hostname).await?;
            batch.create(&RecordSet::cname(zone, &wanted.name, &wanted.value));
        }
    }
    batch.send(cloud).await.map(drop)
}

/// Deletes the records, except the records of hostnames in `needed`. Returns whether there were any.
pub(super) async fn delete(
    cloud: &Cloud,
    records: &[RecordPair],
    needed: &BTreeSet<String>,
) -> Result<bool, Fault> {
    let ours = records.iter().filter(|pair| pair.is_correct() && !needed.contains(&pair.wanted.hostname));
    let records: Vec<_> = ours.filter_map(|pair| pair.existing.as_ref()).collect();
    let mut batch = Batch::default();
    let mut deleted = BTreeSet::new();
    for record in records.iter().filter(|record| deleted.insert(record.name())) {
        batch.delete(record);
    }
    batch.send(cloud).await?;
    Ok(!records.is_empty())
}
