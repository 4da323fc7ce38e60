//! The owner's own names on the distribution, and the records that lead visitors to it.

mod actual;
mod attach;
mod find;
mod pointing;
mod push;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use aws_sdk_route53::types::RrType;
use reconcile::{Backoff, Change, Changes, Fault, Ownership, Pushed, Removed, Resource, Status, Wait};

use super::{
    certificate::{CertificateOutput, Records},
    distribution::{Distribution, DistributionOutput},
    route53::{self, Zones},
};
use crate::targets::aws::{Cloud, Needs, Right, names::Names};

pub use actual::DomainActual;
pub use pointing::Pointing;
pub(crate) use pointing::pointing;

/// Every alias to a distribution says that it is in this zone of CloudFront's.
pub(crate) const CLOUDFRONT_ZONE: &str = "Z2FDTNDATAQYW2";
/// What every visitor's network can reach.
pub(crate) const KINDS: [RrType; 2] = [RrType::A, RrType::Aaaa];
/// Within a minute all name servers of Route 53 know.
const TELLING: Backoff = Backoff::from_millis(1_000, 5_000, 300_000);

/// What becomes of records at our names that lead elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    Kept,
    Taken,
}

/// Names on a distribution and records in zones. Neither can be tagged: the names are ours on a distribution of ours, and a
/// record is ours when it leads there.
#[derive(Debug)]
pub struct Domain {
    /// The first one first; none where no domain is wanted.
    names: Vec<String>,
    /// Names that were asked for before, and may still lead here.
    former: BTreeSet<String>,
    distribution: Distribution,
    records: Records,
    foreign: Foreign,
}

/// What a run remembers of the domain.
#[derive(Debug, Default)]
pub struct DomainMemory {
    distribution: <Distribution as Resource>::Memory,
    /// The ids of record changes that may not have reached every name server of Route 53 yet.
    changes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainDesired {
    pub certificate: CertificateOutput,
    pub distribution: DistributionOutput,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainOutput {
    /// The first name.
    pub name: String,
    /// Visitors get here by it.
    pub live: bool,
}

/// What a domain is made from.
#[derive(Debug)]
pub struct Identity {
    /// The first one first; none where no domain is wanted.
    pub names: Vec<String>,
    /// Names that were asked for before.
    pub former: BTreeSet<String>,
    pub records: Records,
    pub foreign: Foreign,
}

impl Domain {
    pub fn new(identity: Identity, distribution: Distribution) -> Self {
        let Identity { names, former, records, foreign } = identity;
        Self { names, former, distribution, records, foreign }
    }

    fn zones(&self) -> Option<&Zones> {
        match &self.records {
            Records::Written(zones) => Some(zones),
            Records::ByHand => None,
        }
    }

    /// The names as they are compared: in any order.
    fn set(&self) -> BTreeSet<String> {
        self.names.iter().cloned().collect()
    }

    fn compare_records(&self, changes: &mut Changes, host: &str, actual: Option<&DomainActual>) {
        if self.zones().is_none() {
            return;
        }
        for name in &self.names {
            for kind in KINDS {
                let there = actual.and_then(|actual| actual.of_kind(name, &kind, host));
                changes.value(&format!("record.{name}.{kind}"), &host.to_owned(), there.as_ref());
            }
        }
        for record in actual.iter().flat_map(|actual| actual.superfluous(&self.names, host)) {
            let field = format!("record.{}.{}", record.name(), record.kind());
            changes.optional(&field, None, Some(&record.value()));
        }
    }
}

impl Needs for Domain {
    fn needs(&self, names: &Names) -> Vec<Right> {
        let mut needs = self.distribution.needs(names);
        needs.extend(route53::needs());
        needs
    }
}

impl Resource for Domain {
    type Cloud = Cloud;
    type Desired = DomainDesired;
    type Actual = DomainActual;
    type Output = DomainOutput;
    type Memory = DomainMemory;

    fn physical_name(&self) -> Option<String> {
        Some(self.names.join(", "))
    }

    fn initial_memory(&self) -> DomainMemory {
        DomainMemory { distribution: self.distribution.initial_memory(), changes: Vec::new() }
    }

    async fn observe(&self, cloud: &Cloud, memory: &mut Self::Memory) -> Result<Option<DomainActual>, Fault> {
        let actual = Box::pin(self.look(cloud, memory)).await?;
        // Without the owner's records there is nothing to make yet, only something to wait for.
        let waiting = self.zones().is_none() && !self.names.is_empty() && actual.distribution.is_some();
        Ok(Some(actual).filter(|actual| waiting || actual.is_anything_ours()))
    }

    fn ownership(&self, actual: &DomainActual) -> Ownership {
        match &actual.distribution {
            Some(distribution) => self.distribution.ownership(distribution),
            None => Ownership::Ours,
        }
    }

    /// Until there is a certificate, whatever is there stays.
    fn diff(&self, desired: &DomainDesired, actual: Option<&DomainActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        if !desired.certificate.issued {
            return changes.into_vec();
        }
        let there = actual.and_then(|actual| actual.distribution.as_ref()).map(attach::facts);
        let wanted = attach::wanted(&self.set(), &desired.certificate.arn);
        for (field, value) in &wanted {
            changes.value(field, value, there.as_ref().and_then(|there| there.get(field)));
        }
        self.compare_records(&mut changes, &desired.distribution.domain, actual);
        changes.into_vec()
    }

    fn status(&self, actual: &DomainActual) -> Status {
        if !actual.arrived {
            let what = "all name servers of Route 53 to hear of the new records (usually within a minute)";
            return Status::Settling(Wait::new(what, TELLING));
        }
        actual.distribution.as_ref().map_or(Status::Ready, |there| self.distribution.status(there))
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
        desired: &DomainDesired,
        actual: Option<&DomainActual>,
    ) -> Result<Pushed<DomainActual>, Fault> {
        Box::pin(self.push(cloud, memory, desired, actual)).await.map(|()| Pushed::Observe)
    }

    async fn delete(
        &self,
        cloud: &Cloud,
        _: &mut Self::Memory,
        actual: &DomainActual,
    ) -> Result<Removed, Fault> {
        Box::pin(self.remove(cloud, actual)).await
    }

    fn output(&self, actual: &DomainActual) -> Option<DomainOutput> {
        let name = self.names.first()?.clone();
        let attached = actual.distribution.as_ref().is_some_and(|there| attach::names(there).contains(&name));
        Some(DomainOutput { live: attached && actual.pointing.leads_here(), name })
    }

    fn predict_output(&self, desired: &DomainDesired, actual: Option<&DomainActual>) -> Option<DomainOutput> {
        actual.filter(|_| self.diff(desired, actual).is_empty()).and_then(|actual| self.output(actual))
    }
}
