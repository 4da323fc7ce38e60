//! The domain: hostnames on the distribution, and the DNS records that point to it.

mod actual;
mod aliases;
mod find;
mod push;
mod resolution;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use reconcile::{Backoff, Change, Changes, Fault, Ownership, Pushed, Removed, Resource, Status, Wait};

use super::{
    certificate::{CertificateOutput, DnsMode},
    distribution::{Distribution, DistributionOutput},
    route53::{self, ALIAS_TYPES, Zones},
};
use crate::targets::aws::{Cloud, Permission, RequiredPermissions, names::Names};

pub use actual::DomainActual;
pub use resolution::Resolution;
pub(crate) use resolution::resolve;

/// Changes reach all Route 53 name servers within a minute.
const PROPAGATION: Backoff = Backoff::from_millis(1_000, 5_000, 300_000);

/// The treatment of existing records of our names that point elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherRecords {
    /// Stop with an error.
    Keep,
    Replace,
}

/// Aliases of a distribution and records in zones. They cannot be tagged: an alias is ours if its distribution is
/// ours, and a record is ours if it points to the distribution.
#[derive(Debug)]
pub struct Domain {
    /// The desired hostnames, primary one first. Empty without a domain.
    pub names: Vec<String>,
    /// Hostnames of earlier releases, whose records may still exist.
    pub former: BTreeSet<String>,
    pub dns: DnsMode,
    pub other_records: OtherRecords,
    pub distribution: Distribution,
}

/// The memory of a run.
#[derive(Debug, Default)]
pub struct DomainMemory {
    distribution: <Distribution as Resource>::Memory,
    /// The ids of record changes that may not have reached all name servers yet.
    changes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainDesired {
    pub certificate: CertificateOutput,
    pub distribution: DistributionOutput,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainOutput {
    /// The primary name.
    pub name: String,
    /// Visitors can reach the page by this name.
    pub live: bool,
}

impl Domain {
    fn zones(&self) -> Option<&Zones> {
        match &self.dns {
            DnsMode::Route53(zones) => Some(zones),
            DnsMode::Manual => None,
        }
    }

    fn name_set(&self) -> BTreeSet<String> {
        self.names.iter().cloned().collect()
    }

    fn compare_records(&self, changes: &mut Changes, host: &str, actual: Option<&DomainActual>) {
        if self.zones().is_none() {
            return;
        }
        for name in &self.names {
            for kind in ALIAS_TYPES {
                let existing = actual.and_then(|actual| actual.target(name, &kind, host));
                changes.value(&format!("record.{name}.{kind}"), &host.to_owned(), existing.as_ref());
            }
        }
        for record in actual.iter().flat_map(|actual| actual.superfluous(&self.names, host)) {
            let field = format!("record.{}.{}", record.name(), record.kind());
            changes.optional(&field, None, Some(&record.value()));
        }
    }
}

impl RequiredPermissions for Domain {
    fn required_permissions(&self, names: &Names) -> Vec<Permission> {
        let mut permissions = self.distribution.required_permissions(names);
        permissions.extend(route53::required_permissions(&self.names));
        permissions
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
        let actual = Box::pin(self.find(cloud, memory)).await?;
        // In manual mode, an existing distribution counts as an existing domain, so that a plan without an issued
        // certificate contains no creation.
        let manual = self.zones().is_none() && !self.names.is_empty() && actual.distribution.is_some();
        Ok(Some(actual).filter(|actual| manual || actual.has_ours()))
    }

    fn ownership(&self, actual: &DomainActual) -> Ownership {
        match &actual.distribution {
            Some(distribution) => self.distribution.ownership(distribution),
            None => Ownership::Ours,
        }
    }

    /// Empty until the certificate is issued.
    fn diff(&self, desired: &DomainDesired, actual: Option<&DomainActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        if !desired.certificate.issued {
            return changes.into_vec();
        }
        let existing = actual.and_then(|actual| actual.distribution.as_ref()).map(aliases::actual);
        let wanted = aliases::wanted(&self.name_set(), &desired.certificate.arn);
        for (field, value) in &wanted {
            changes.value(field, value, existing.as_ref().and_then(|existing| existing.get(field)));
        }
        self.compare_records(&mut changes, &desired.distribution.domain, actual);
        changes.into_vec()
    }

    fn status(&self, actual: &DomainActual) -> Status {
        if !actual.propagated {
            let reason = "all Route 53 name servers to receive the new records (usually within a minute)";
            return Status::Settling(Wait::new(reason, PROPAGATION));
        }
        let distribution = actual.distribution.as_ref();
        distribution.map_or(Status::Ready, |distribution| self.distribution.status(distribution))
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
        let distribution = actual.distribution.as_ref();
        let is_alias = distribution.is_some_and(|distribution| aliases::names(distribution).contains(&name));
        Some(DomainOutput { live: is_alias && actual.resolution.is_here(), name })
    }

    fn predict_output(&self, desired: &DomainDesired, actual: Option<&DomainActual>) -> Option<DomainOutput> {
        actual.filter(|_| self.diff(desired, actual).is_empty()).and_then(|actual| self.output(actual))
    }
}
