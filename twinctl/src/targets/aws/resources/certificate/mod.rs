//! The certificate of the owner's own names, with the records that prove whose they are.

mod catalogue;
mod failure;
mod find;
mod needs;
mod old;
mod proof;
mod push;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, time::Duration};

use reconcile::{Backoff, Change, Changes, Fault, Ownership, Pushed, Removed, Resource, Status, Wait};
use tokio::time::Instant;

use super::route53::RecordSet;
use crate::{
    system::hash,
    targets::aws::{Cloud, Labels},
};

pub use find::CertificateActual;
pub use old::OldCertificate;
pub use proof::{Proof, Records};

/// ACM says a few seconds after it was asked which records it wants to see.
const PROOFS: Backoff = Backoff::from_millis(1_000, 4_000, 300_000);
/// Minutes, once DNS is right.
const ISSUE: Backoff = Backoff::from_millis(3_000, 15_000, 2_700_000);
/// From here on it is worth asking what public DNS says. Not before: an answer that there is no record is kept for a
/// quarter of an hour.
const DIAGNOSE_AFTER: Duration = Duration::from_mins(2);

/// It has no name: it is found by its tags, among those for our names.
#[derive(Debug)]
pub struct Certificate {
    names: Vec<String>,
    /// The first names of all that may be ours.
    firsts: BTreeSet<String>,
    /// The beginning of the token that makes a repeated request recognisable for an hour.
    seed: String,
    labels: Labels,
    records: Records,
}

/// What a run remembers of the certificate.
#[derive(Debug, Default)]
pub struct CertificateMemory {
    /// The ARN of the certificate that was found or requested in this run.
    arn: Option<String>,
    /// When this run first saw that it is not issued.
    pending_since: Option<Instant>,
    /// The ARNs of failed certificates: the token of the next request must differ from theirs.
    dead: BTreeSet<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateOutput {
    pub arn: String,
    /// It can be used.
    pub issued: bool,
    pub proofs: Vec<Proof>,
}

impl CertificateOutput {
    /// Of a domain that is not wanted.
    pub(crate) fn none() -> Self {
        Self { arn: String::new(), issued: false, proofs: Vec::new() }
    }
}

impl Certificate {
    /// `names` begins with the first one. `seed` differs between environments and between two times of asking.
    pub fn new(
        names: Vec<String>,
        firsts: BTreeSet<String>,
        seed: String,
        labels: Labels,
        records: Records,
    ) -> Self {
        Self { names, firsts, seed, labels, records }
    }

    fn set(&self) -> BTreeSet<String> {
        self.names.iter().cloned().collect()
    }

    /// Word characters, 32 at most.
    fn token(&self, dead: &BTreeSet<String>) -> String {
        let dead = dead.iter().cloned().collect::<Vec<_>>().join(" ");
        let all = format!("{} {} {dead}", self.seed, self.names.join(" "));
        hash::sha256(&all)[..32].to_owned()
    }

    fn waiting(&self, actual: &CertificateActual) -> Wait {
        let names = self.names.join(", ");
        let unseen = actual.unseen.as_ref().map(|proof| {
            format!("; public DNS does not show its record {proof} yet: does the domain's registrar name this zone's name servers?")
        });
        let usually = unseen.unwrap_or_else(|| " (usually 1 to 5 minutes)".to_owned());
        Wait::new(format!("Amazon to issue the certificate for {names}{usually}"), ISSUE)
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
        Box::pin(self.look(cloud, memory)).await
    }

    /// It is found by its tags.
    fn ownership(&self, _: &CertificateActual) -> Ownership {
        Ownership::Ours
    }

    fn diff(&self, (): &(), actual: Option<&CertificateActual>) -> Vec<Change> {
        let mut changes = Changes::new();
        changes.value("names", &self.names.join(", "), actual.map(|_| self.names.join(", ")).as_ref());
        for placed in actual.iter().flat_map(|actual| &actual.placed) {
            let (proof, there) = (&placed.proof, placed.record.as_ref().map(RecordSet::value));
            changes.value(&format!("proof.{}", proof.domain), &proof.value, there.as_ref());
        }
        self.labels.compare(&mut changes, actual.map(|actual| &actual.held.tags));
        changes.into_vec()
    }

    fn status(&self, actual: &CertificateActual) -> Status {
        let held = &actual.held;
        if held.is_issued() {
            return Status::Ready;
        }
        if held.is_dead() {
            return Status::Failed(failure::sentence(held));
        }
        if held.proofs.len() < self.names.len() {
            let what = "Amazon to say which records prove that the names are yours (usually a few seconds)";
            return Status::Busy(Wait::new(what, PROOFS));
        }
        match self.records {
            Records::Written(_) if actual.placed.iter().all(proof::Placed::is_right) => {
                Status::Busy(self.waiting(actual))
            }
            // The records are still to be written; or they are the owner's business, and nobody waits for those.
            Records::Written(_) | Records::ByHand => Status::Ready,
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
        let removed = old::remove(cloud, &actual.held.arn, &actual.placed, &actual.elsewhere).await?;
        if matches!(removed, Removed::Done) {
            *memory = CertificateMemory::default();
        }
        Ok(removed)
    }

    fn output(&self, actual: &CertificateActual) -> Option<CertificateOutput> {
        let held = &actual.held;
        let (arn, proofs) = (held.arn.clone(), held.proofs.clone());
        Some(CertificateOutput { arn, issued: held.is_issued(), proofs })
    }
}
