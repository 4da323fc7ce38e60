//! Reads the distribution, and the records at every name that leads there or should.

use std::collections::BTreeSet;

use aws_sdk_route53::types::RrType;
use futures_util::future::try_join_all;
use reconcile::{Fault, Resource as _};

use super::{Domain, DomainActual, DomainMemory, KINDS, Pointing, pointing};
use crate::targets::aws::{
    Cloud,
    resources::route53::{RecordSet, Zone, at_name, has_arrived},
};

impl Domain {
    pub(super) async fn look(&self, cloud: &Cloud, memory: &mut DomainMemory) -> Result<DomainActual, Fault> {
        let (distribution, wanted, former, arrived) = tokio::try_join!(
            self.distribution.observe(cloud, &mut memory.distribution),
            self.at_wanted_names(cloud),
            self.at_former_names(cloud),
            have_arrived(cloud, &mut memory.changes),
        )?;
        let host = distribution.as_ref().map(|there| there.domain.clone());
        let leads_here = |record: &RecordSet| host.as_ref().is_some_and(|host| record.points_to(host));
        let records = wanted.into_iter().chain(former.into_iter().filter(leads_here)).collect();
        let pointing = match (self.names.first(), &host) {
            (Some(name), Some(host)) if self.zones().is_none() => {
                pointing(cloud.dns.as_ref(), name, host).await
            }
            _ => Pointing::Here,
        };
        Ok(DomainActual { distribution, records, arrived, pointing })
    }

    async fn at_wanted_names(&self, cloud: &Cloud) -> Result<Vec<RecordSet>, Fault> {
        let Some(zones) = self.zones() else { return Ok(Vec::new()) };
        let looks = self.names.iter().map(async |name| match zones.of(cloud, name).await? {
            Some(zone) => leading(cloud, zone, name).await,
            None => Ok(Vec::new()),
        });
        Ok(try_join_all(looks).await?.concat())
    }

    /// In every zone that could have held them: the one that did may have been named then.
    async fn at_former_names(&self, cloud: &Cloud) -> Result<Vec<RecordSet>, Fault> {
        let Some(zones) = self.zones() else { return Ok(Vec::new()) };
        let wanted: BTreeSet<_> = self.names.iter().collect();
        let names = self.former.iter().filter(|name| !wanted.contains(name));
        let looks = names.map(async |name| {
            let around = zones.around(cloud, name).await?;
            Ok::<_, Fault>(try_join_all(around.iter().map(|zone| leading(cloud, zone, name))).await?.concat())
        });
        Ok(try_join_all(looks).await?.concat())
    }
}

/// Forgets the changes that have reached every name server, and returns whether all have.
async fn have_arrived(cloud: &Cloud, changes: &mut Vec<String>) -> Result<bool, Fault> {
    let mut arrived =
        try_join_all(changes.iter().map(|change| has_arrived(cloud, change))).await?.into_iter();
    changes.retain(|_| arrived.next() == Some(false));
    Ok(changes.is_empty())
}

/// The record sets that decide where a name leads.
async fn leading(cloud: &Cloud, zone: &Zone, name: &str) -> Result<Vec<RecordSet>, Fault> {
    let there = at_name(cloud, zone, name).await?;
    Ok(there
        .into_iter()
        .filter(|record| KINDS.contains(record.kind()) || *record.kind() == RrType::Cname)
        .collect())
}
