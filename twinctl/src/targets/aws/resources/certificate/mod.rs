//! The certificate for the domain's hostnames, with its validation records.

mod catalog;
mod failure;
mod find;
mod old;
mod permissions;
mod push;
#[cfg(test)]
mod tests;
mod validation;

use std::{collections::BTreeSet, time::Duration};

use reconcile::{Backoff, Change, Changes, Fault, Ownership, Pushed, Removed, Resource, Status, Wait};
use tokio::time::Instant;

use super::route53::RecordSet;
use crate::{
    system::hash,
    targets::aws::{Cloud, Labels},
};

use catalog::ExistingCertificate;
use validation::RecordPair;

pub use old::OldCertificate;
pub use validation::{DnsMode, ValidationRecord};

/// ACM provides the validation records a few seconds after the request.
const VALIDATION: Backoff = Backoff::from_millis(1_000, 4_000, 300_000);
/// ACM issues a certificate within minutes after its validation records are in public DNS.
const ISSUE: Backoff = Backoff::from_millis(3_000, 15_000, 2_700_000);
/// The time after which public DNS is queried for missing records. Not earlier, because resolvers cache the absence
/// of a record for a quarter of an hour.
const DIAGNOSE_AFTER: Duration = Duration::from_mins(2);

/// A certificate has no name, so it is found by its tags among those for our hostnames.
#[derive(Debug)]
pub struct Certificate {
    names: Vec<String>,
    /// The primary hostnames of all certificates that may be ours.
    primary_names: BTreeSet<String>,
    /// Part of the idempotency token. For an hour, ACM treats requests with the same token as one.
    seed: String,
    labels: Labels,
    dns: DnsMode,
}

/// The memory of a run.
#[derive(Debug, Default)]
pub struct CertificateMemory {
    /// The ARN of the certificate that was found or requested in this run.
    arn: Option<String>,
    /// When this run first saw that it is not issued.
    pending_since: Option<Instant>,
    /// The ARNs of unusable certificates. The token of the next request must differ from theirs.
    unusable: BTreeSet<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct CertificateActual {
    certificate: ExistingCertificate,
    /// Empty in manual mode.
    records: Vec<RecordPair>,
    /// The hostnames of certificates that are not ours. They need the same validation records.
    other_names: BTreeSet<String>,
    /// The name of a validation record that public DNS does not show minutes after it was written.
    unseen: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateOutput {
    pub arn: String,
    /// The certificate can be used.
    pub issued: bool,
    pub validation_records: Vec<ValidationRecord>,
}

impl CertificateOutput {
    /// Returns the output for an environment without a domain.
    pub(crate) fn none() -> Self {
        Self { arn: String::new(), issued: false, validation_records: Vec::new() }
    }
}

impl Certificate {
    /// `names` starts with the primary name. `seed` must differ between environments and between releases.
    pub fn new(
        names: Vec<String>,
        primary_names: BTreeSet<String>,
        seed: String,
        labels: Labels,
        dns: DnsMode,
    ) -> Self {
        Self { names, primary_names, seed, labels, dns }
    }

    fn name_set(&self) -> BTreeSet<String> {
        self.names.iter().cloned().collect()
    }

    /// Returns the idempotency token. ACM allows at most 32 word characters.
    fn token(&self, unusable: &BTreeSet<String>) -> String {
        let unusable = unusable.iter().cloned().collect::<Vec<_>>().join(" ");
        let all = format!("{} {} {unusable}", self.seed, self.names.join(" "));
        hash::sha256(&all)[..32].to_owned()
    }

    fn waiting(&self, actual: &CertificateActual) -> Wait {
        let names = self.names.join(", ");
        let unseen = actual.unseen.as_ref().map(|record| {
            format!("; public DNS does not show its validation record {record} yet: check that the domain's registrar lists this zone's name servers")
        });
        let note = unseen.unwrap_or_else(|| " (usually 1 to 5 minutes)".to_owned());
        Wait::new(format!("Amazon to issue the certificate for {names}{note}"), ISSUE)
    }
}

impl Resource for Certificate {
    type Cloud = Cloud;
    type Desired = ();
    type Actual = CertificateActual;
    type Output = CertificateOutput;
    type Memory = CertificateMemory;

    fn physical_name(&self) -> Option<String> {
        Some(self.names.join(", "))
    }

    async fn observe(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
    ) -> Result<Option<CertificateActual>, Fault> {
        Box::pin(self.find(cloud, memory)).await
    }

    /// Always ours, because it was found by its tags.
    fn ownership(&self, _: &CertificateActual) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, (): &(), actual: Option<&CertificateActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        changes.value("names", &self.names.join(", "), actual.map(|_| self.names.join(", ")).as_ref());
        for RecordPair { wanted, existing } in actual.iter().flat_map(|actual| &actual.records) {
            let existing = existing.as_ref().map(RecordSet::value);
            changes.value(
                &format!("validation_record.{}", wanted.hostname),
                &wanted.value,
                existing.as_ref(),
            );
        }
        self.labels.compare(&mut changes, actual.map(|actual| &actual.certificate.tags));
        changes.into_vec()
    }

    fn status(&self, actual: &CertificateActual) -> Status {
        let certificate = &actual.certificate;
        if certificate.is_issued() {
            return Status::Ready;
        }
        if certificate.is_unusable() {
            return Status::Failed(failure::explain(certificate));
        }
        if certificate.validation_records.len() < self.names.len() {
            let reason = "Amazon to provide the validation records (usually a few seconds)";
            return Status::Busy(Wait::new(reason, VALIDATION));
        }
        match self.dns {
            DnsMode::Route53(_) if actual.records.iter().all(RecordPair::is_correct) => {
                Status::Busy(self.waiting(actual))
            }
            // The records must still be written. In manual mode, the run does not wait for them.
            DnsMode::Route53(_) | DnsMode::Manual => Status::Ready,
        }
    }

    async fn converge(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
        (): &(),
        actual: Option<&CertificateActual>,
    ) -> Result<Pushed<CertificateActual>, Fault> {
        Box::pin(self.push(cloud, memory, actual)).await.map(|()| Pushed::Observe)
    }

    async fn delete(
        &self,
        cloud: &Cloud,
        memory: &mut Self::Memory,
        actual: &CertificateActual,
    ) -> Result<Removed, Fault> {
        // If the response is lost, the next read may find nothing.
        *memory = CertificateMemory::default();
        let arn = &actual.certificate.arn;
        old::remove(cloud, arn, &actual.records, &actual.other_names).await
    }

    fn output(&self, actual: &CertificateActual) -> Option<CertificateOutput> {
        let certificate = &actual.certificate;
        let (arn, validation_records) = (certificate.arn.clone(), certificate.validation_records.clone());
        Some(CertificateOutput { arn, issued: certificate.is_issued(), validation_records })
    }
}
