//! Implements `observe`: reads the distribution, and the records of desired and former names.

use std::collections::BTreeSet;

use aws_sdk_route53::types::RrType;
use futures_util::future::try_join_all;
use reconcile::{Fault, Resource as _};

use super::{Domain, DomainActual, DomainMemory, Resolution, resolve};
use crate::targets::aws::{
    Cloud,
    resources::route53::{ALIAS_TYPES, RecordSet, Zone, is_propagated, records_at},
};

impl Domain {
    pub(super) async fn find(&self, cloud: &Cloud, memory: &mut DomainMemory) -> Result<DomainActual, Fault> {
        let (distribution, wanted, former, propagated) = tokio::try_join!(
            self.distribution.observe(cloud, &mut memory.distribution),
            self.records_of_names(cloud),
            self.records_of_former_names(cloud),
            all_propagated(cloud, &mut memory.changes),
        )?;
        let host = distribution.as_ref().map(|distribution| distribution.domain.clone());
        let is_ours = |record: &RecordSet| host.as_ref().is_some_and(|host| record.points_to(host));
        let records = wanted.into_iter().chain(former.into_iter().filter(is_ours)).collect();
        let resolution = match (self.names.first(), &host) {
            (Some(name), Some(host)) if self.zones().is_none() => {
                resolve(cloud.dns.as_ref(), name, host).await
            }
            _ => Resolution::Here,
        };
        Ok(DomainActual { distribution, records, propagated, resolution })
    }

    async fn records_of_names(&self, cloud: &Cloud) -> Result<Vec<RecordSet>, Fault> {
        let Some(zones) = self.zones() else { return Ok(Vec::new()) };
        let reads = self.names.iter().map(async |name| match zones.find(cloud, name).await? {
            Some(zone) => address_records(cloud, zone, name).await,
            None => Ok(Vec::new()),
        });
        Ok(try_join_all(reads).await?.concat())
    }

    /// Reads all zones that may contain the former names, because the environment file may have specified any of them.
    async fn records_of_former_names(&self, cloud: &Cloud) -> Result<Vec<RecordSet>, Fault> {
        let Some(zones) = self.zones() else { return Ok(Vec::new()) };
        let wanted: BTreeSet<_> = self.names.iter().collect();
        let names = self.former.iter().filter(|name| !wanted.contains(name));
        let reads = names.map(async |name| {
            let zones = zones.candidates(cloud, name).await?;
            let reads = zones.iter().map(|zone| address_records(cloud, zone, name));
            Ok::<_, Fault>(try_join_all(reads).await?.concat())
        });
        Ok(try_join_all(reads).await?.concat())
    }
}

/// Removes the changes that have reached all name servers from the list. Returns whether all have.
async fn all_propagated(cloud: &Cloud, changes: &mut Vec<String>) -> Result<bool, Fault> {
    let checks = changes.iter().map(|change| is_propagated(cloud, change));
    let mut propagated = try_join_all(checks).await?.into_iter();
    changes.retain(|_| propagated.next() == Some(false));
    Ok(changes.is_empty())
}

/// Returns the record sets that determine the addresses of a name.
async fn address_records(cloud: &Cloud, zone: &Zone, name: &str) -> Result<Vec<RecordSet>, Fault> {
    let mut records = records_at(cloud, zone, name).await?;
    records.retain(|record| ALIAS_TYPES.contains(record.kind()) || *record.kind() == RrType::Cname);
    Ok(records)
}
