//! The records that prove to ACM whose a name is.

use std::{collections::BTreeSet, sync::Arc};

use aws_sdk_route53::types::RrType;
use futures_util::future::try_join_all;
use reconcile::Fault;

use super::super::route53::{Batch, RecordSet, Zones, at_name};
use crate::targets::aws::Cloud;

/// A CNAME record that has to be there for as long as the certificate is to be renewed. It follows from the name and the
/// account alone: every certificate for the name asks for the same one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Proof {
    /// The name that is proved.
    pub domain: String,
    /// Of the record.
    pub name: String,
    pub value: String,
}

/// Who writes the records.
#[derive(Debug, Clone)]
pub enum Records {
    Written(Arc<Zones>),
    ByHand,
}

/// A proof, and what its zone has in its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Placed {
    pub(super) proof: Proof,
    pub(super) record: Option<RecordSet>,
}

impl Placed {
    pub(super) fn is_right(&self) -> bool {
        self.record.as_ref().is_some_and(|record| record.points_to(&self.proof.value))
    }
}

/// Where `proofs` stand. Written by hand, nobody knows here.
pub(super) async fn look(cloud: &Cloud, records: &Records, proofs: &[Proof]) -> Result<Vec<Placed>, Fault> {
    let Records::Written(zones) = records else { return Ok(Vec::new()) };
    try_join_all(proofs.iter().map(|proof| placed(cloud, zones, proof))).await
}

async fn placed(cloud: &Cloud, zones: &Zones, proof: &Proof) -> Result<Placed, Fault> {
    let there = match zones.of(cloud, &proof.domain).await? {
        Some(zone) => at_name(cloud, zone, &proof.name).await?,
        None => Vec::new(),
    };
    let record = there.into_iter().find(|record| *record.kind() == RrType::Cname);
    Ok(Placed { proof: proof.clone(), record })
}

/// Writes what is missing or wrong.
pub(super) async fn write(cloud: &Cloud, records: &Records, placed: &[Placed]) -> Result<(), Fault> {
    let Records::Written(zones) = records else { return Ok(()) };
    let mut batch = Batch::default();
    let mut named = BTreeSet::new();
    for Placed { proof, record } in placed.iter().filter(|placed| !placed.is_right()) {
        if named.insert(&proof.name) {
            if let Some(record) = record {
                batch.delete(record);
            }
            batch.create(&RecordSet::cname(
                zones.needed(cloud, &proof.domain).await?,
                &proof.name,
                &proof.value,
            ));
        }
    }
    batch.send(cloud).await.map(drop)
}

/// Takes away what stands there, unless another certificate needs it. Says whether there was anything.
pub(super) async fn erase(
    cloud: &Cloud,
    placed: &[Placed],
    needed: &BTreeSet<String>,
) -> Result<bool, Fault> {
    let ours = placed.iter().filter(|placed| placed.is_right() && !needed.contains(&placed.proof.domain));
    let records: Vec<_> = ours.filter_map(|placed| placed.record.as_ref()).collect();
    let mut batch = Batch::default();
    let mut named = BTreeSet::new();
    for record in records.iter().filter(|record| named.insert(record.name())) {
        batch.delete(record);
    }
    batch.send(cloud).await?;
    Ok(!records.is_empty())
}
