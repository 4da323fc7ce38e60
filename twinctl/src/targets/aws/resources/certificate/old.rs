//! Our certificates for former hostnames. They are deleted after CloudFront has released them.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;
use reconcile::{Backoff, Change, Fault, Ownership, Pushed, Removed, Resource, Wait};

use super::{
    DnsMode,
    catalog::{ExistingCertificate, catalog},
    validation::{self, RecordPair},
};
use crate::targets::aws::{Cloud, Labels, SdkResult};
use crate::ui::ApiError;

/// CloudFront uses a certificate until all edge locations have the new one.
const RELEASE: Backoff = Backoff::from_millis(2_000, 15_000, 2_700_000);

#[derive(Debug)]
pub struct OldCertificate {
    /// The desired hostnames. Empty without a domain.
    pub(super) wanted: BTreeSet<String>,
    /// The primary hostnames of all certificates that may be ours.
    primary_names: BTreeSet<String>,
    labels: Labels,
    dns: DnsMode,
}

#[derive(Debug, Clone, PartialEq)]
pub struct OldCertificateActual {
    /// The ARN and the validation records of each certificate.
    certificates: Vec<(String, Vec<RecordPair>)>,
    /// The hostnames whose validation records are still needed.
    needed: BTreeSet<String>,
}

impl OldCertificate {
    pub fn new(
        wanted: BTreeSet<String>,
        primary_names: BTreeSet<String>,
        labels: Labels,
        dns: DnsMode,
    ) -> Self {
        Self { wanted, primary_names, labels, dns }
    }

    async fn find(&self, cloud: &Cloud) -> Result<Option<OldCertificateActual>, Fault> {
        let catalog = catalog(cloud, &self.labels, &self.primary_names, None).await?;
        let current = catalog.best(&self.wanted);
        // While manual validation of the new names is pending, visitors use the old ones.
        let waiting = matches!(self.dns, DnsMode::Manual)
            && !self.wanted.is_empty()
            && !current.is_some_and(ExistingCertificate::is_issued);
        let current = current.map(|certificate| certificate.arn.as_str());
        let old = catalog.ours.iter().filter(|certificate| Some(certificate.arn.as_str()) != current);
        let old = old.filter(|certificate| !(waiting && certificate.in_use));
        let certificates = try_join_all(old.map(async |certificate| {
            let records = validation::read(cloud, &self.dns, &certificate.validation_records).await?;
            Ok::<_, Fault>((certificate.arn.clone(), records))
        }))
        .await?;
        let needed = self.wanted.union(&catalog.other_names).cloned().collect();
        Ok((!certificates.is_empty()).then_some(OldCertificateActual { certificates, needed }))
    }
}

impl Resource for OldCertificate {
    type Cloud = Cloud;
    type Desired = ();
    type Actual = OldCertificateActual;
    type Output = ();
    type Memory = ();

    async fn observe(
        &self,
        cloud: &Cloud,
        _: &mut Self::Memory,
    ) -> Result<Option<OldCertificateActual>, Fault> {
        Box::pin(self.find(cloud)).await
    }

    fn ownership(&self, _: &OldCertificateActual) -> Ownership {
        Ownership::Ours
    }

    /// Empty, because an old certificate is only ever deleted.
    fn diff(&self, (): &(), _: Option<&OldCertificateActual>) -> Vec<Change> {
        Vec::new()
    }

    async fn converge(
        &self,
        _: &Cloud,
        _: &mut Self::Memory,
        (): &(),
        _: Option<&OldCertificateActual>,
    ) -> Result<Pushed<OldCertificateActual>, Fault> {
        Ok(Pushed::Observe)
    }

    async fn delete(
        &self,
        cloud: &Cloud,
        _: &mut Self::Memory,
        actual: &OldCertificateActual,
    ) -> Result<Removed, Fault> {
        for (arn, records) in &actual.certificates {
            match remove(cloud, arn, records, &actual.needed).await? {
                Removed::Done => {}
                not_yet => return Ok(not_yet),
            }
        }
        Ok(Removed::Observe)
    }

    fn output(&self, _: &OldCertificateActual) -> Option<()> {
        Some(())
    }
}

/// Deletes the validation records, then the certificate, because only the certificate tells which records it had.
pub(super) async fn remove(
    cloud: &Cloud,
    arn: &str,
    records: &[RecordPair],
    needed: &BTreeSet<String>,
) -> Result<Removed, Fault> {
    if validation::delete(cloud, records, needed).await? {
        return Ok(Removed::Observe);
    }
    let deleted = cloud.acm.delete_certificate().certificate_arn(arn).send().await;
    match deleted.done("acm:DeleteCertificate", &["ResourceNotFoundException"]) {
        Ok(()) => Ok(Removed::Done),
        Err(fault)
            if fault.cause::<ApiError>().is_some_and(|error| error.code == "ResourceInUseException") =>
        {
            let reason = "CloudFront to release the old certificate (usually a few minutes)";
            Ok(Removed::Waiting(Wait::new(reason, RELEASE)))
        }
        Err(fault) => Err(fault),
    }
}
