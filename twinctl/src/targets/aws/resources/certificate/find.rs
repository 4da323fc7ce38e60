//! Implements `observe`: finds the certificate for exactly our names, and reads its validation records.

use reconcile::{Class, Fault};
use tokio::time::Instant;

use super::{
    Certificate, CertificateActual, CertificateMemory, DIAGNOSE_AFTER, DnsMode,
    catalog::{Catalog, ExistingCertificate, catalog},
    validation::{self, RecordPair},
};
use crate::targets::aws::{
    Cloud,
    dns::{DnsRecord, RecordType},
};

impl Certificate {
    pub(super) async fn find(
        &self,
        cloud: &Cloud,
        memory: &mut CertificateMemory,
    ) -> Result<Option<CertificateActual>, Fault> {
        let known = memory.arn.as_deref();
        let mut catalog = catalog(cloud, &self.labels, &self.primary_names, known).await?;
        let Some(certificate) = self.choose(&catalog, known).cloned() else {
            // A list can be stale, so those of earlier reads are kept.
            memory.unusable.extend(catalog.unusable().map(|certificate| certificate.arn.clone()));
            return known.map_or(Ok(None), |arn| Err(not_found(arn)));
        };
        memory.remember(&certificate);
        let records = validation::read(cloud, &self.dns, &certificate.validation_records).await?;
        let unseen = self.unseen(cloud, memory.pending_since, &certificate, &records).await;
        let other_names = std::mem::take(&mut catalog.other_names);
        Ok(Some(CertificateActual { certificate, records, other_names, unseen }))
    }

    /// Returns the certificate that this run has seen before, even if it has failed since, so that the failure is
    /// reported. Certificates that had failed before this run are ignored.
    fn choose<'c>(&self, catalog: &'c Catalog, known: Option<&str>) -> Option<&'c ExistingCertificate> {
        let same = catalog.ours.iter().find(|certificate| Some(certificate.arn.as_str()) == known);
        same.or_else(|| catalog.best(&self.name_set()))
    }

    /// Returns the name of a validation record that public DNS does not show, if the certificate has been pending for
    /// long.
    async fn unseen(
        &self,
        cloud: &Cloud,
        pending_since: Option<Instant>,
        certificate: &ExistingCertificate,
        records: &[RecordPair],
    ) -> Option<String> {
        if certificate.is_unusable()
            || pending_since?.elapsed() < DIAGNOSE_AFTER
            || matches!(self.dns, DnsMode::Manual)
        {
            return None;
        }
        for RecordPair { wanted, .. } in records {
            let found = cloud.dns.lookup(&wanted.name, RecordType::Cname).await.ok()?;
            if !found.contains(&DnsRecord::Cname(wanted.value.clone())) {
                return Some(wanted.name.clone());
            }
        }
        None
    }
}

/// ACM does not know a new certificate, or its tags, everywhere at once. Without this, it would be requested again without a
/// pause.
fn not_found(arn: &str) -> Fault {
    Fault::new(Class::Stale, format!("the certificate {arn} existed before but is not found"))
}

impl CertificateMemory {
    fn remember(&mut self, certificate: &ExistingCertificate) {
        self.arn = Some(certificate.arn.clone());
        if certificate.is_issued() {
            self.pending_since = None;
        } else {
            self.pending_since.get_or_insert_with(Instant::now);
        }
    }
}
