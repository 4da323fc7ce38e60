//! Finds the certificates for our hostnames.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_acm::types::{
    CertificateDetail, CertificateStatus, CertificateSummary, FailureReason, Filters, KeyAlgorithm,
};
use futures_util::future::try_join_all;
use reconcile::{Fault, Ownership};

use super::ValidationRecord;
use crate::targets::aws::{Cloud, Labels, SdkResult, dns::normalize_name};

/// All key types. By default, ACM lists only certificates with two of them.
const KEY_TYPES: [KeyAlgorithm; 7] = [
    KeyAlgorithm::Rsa1024,
    KeyAlgorithm::Rsa2048,
    KeyAlgorithm::Rsa3072,
    KeyAlgorithm::Rsa4096,
    KeyAlgorithm::EcPrime256v1,
    KeyAlgorithm::EcSecp384r1,
    KeyAlgorithm::EcSecp521r1,
];
const MISSING: &[&str] = &["ResourceNotFoundException"];

/// A certificate in ACM.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ExistingCertificate {
    pub(super) arn: String,
    pub(super) names: BTreeSet<String>,
    pub(super) status: CertificateStatus,
    pub(super) failure: Option<FailureReason>,
    /// The validation records that ACM has provided so far. They appear shortly after the certificate.
    pub(super) validation_records: Vec<ValidationRecord>,
    pub(super) in_use: bool,
    pub(super) tags: BTreeMap<String, String>,
}

impl ExistingCertificate {
    pub(super) fn is_issued(&self) -> bool {
        self.status == CertificateStatus::Issued
    }

    /// Returns whether the certificate can never be used (again).
    pub(super) fn is_unusable(&self) -> bool {
        !matches!(self.status, CertificateStatus::Issued | CertificateStatus::PendingValidation)
    }

    fn rank(&self) -> (bool, bool, &str) {
        (!self.is_issued(), !self.in_use, &self.arn)
    }
}

/// The certificates that were found.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    pub(super) ours: Vec<ExistingCertificate>,
    /// The hostnames of certificates that are not ours. They need the same validation records.
    pub(super) other_names: BTreeSet<String>,
}

impl Catalog {
    /// Returns the usable certificate for exactly these names. Prefers an issued one, then one that is in use.
    pub(super) fn best(&self, names: &BTreeSet<String>) -> Option<&ExistingCertificate> {
        let fits =
            self.ours.iter().filter(|certificate| certificate.names == *names && !certificate.is_unusable());
        fits.min_by_key(|certificate| certificate.rank())
    }

    pub(super) fn unusable(&self) -> impl Iterator<Item = &ExistingCertificate> {
        self.ours.iter().filter(|certificate| certificate.is_unusable())
    }
}

/// Reads our certificates among those whose primary name is one of `primary_names`, and `known`, which the list may
/// not contain yet.
pub(super) async fn catalog(
    cloud: &Cloud,
    labels: &Labels,
    primary_names: &BTreeSet<String>,
    known: Option<&str>,
) -> Result<Catalog, Fault> {
    let listed = list(cloud).await?;
    let arn = |summary: &CertificateSummary| summary.certificate_arn.clone();
    let is_candidate = |summary: &&CertificateSummary| {
        primary_names.contains(&normalize_name(summary.domain_name().unwrap_or_default()))
    };
    let mut candidates: BTreeSet<String> = listed.iter().filter(is_candidate).filter_map(arn).collect();
    candidates.extend(known.map(ToOwned::to_owned));
    let read = try_join_all(candidates.iter().map(|arn| read(cloud, arn))).await?;
    let is_ours =
        |certificate: &ExistingCertificate| labels.ownership(&certificate.tags, "") == Ownership::Ours;
    let ours: Vec<_> = read.into_iter().flatten().filter(is_ours).collect();
    let other = listed.iter().filter(|summary| {
        !ours.iter().any(|certificate| Some(&certificate.arn) == summary.certificate_arn.as_ref())
    });
    let other_names = other.flat_map(|summary| {
        summary
            .domain_name
            .iter()
            .chain(summary.subject_alternative_name_summaries())
            .map(|name| normalize_name(name))
    });
    Ok(Catalog { other_names: other_names.collect(), ours })
}

async fn list(cloud: &Cloud) -> Result<Vec<CertificateSummary>, Fault> {
    let all_keys = Filters::builder().set_key_types(Some(KEY_TYPES.to_vec())).build();
    let list = cloud.acm.list_certificates().includes(all_keys).into_paginator().items();
    list.send().collect::<Result<_, _>>().await.fault("acm:ListCertificates")
}

/// Returns `None` if the certificate does not exist.
async fn read(cloud: &Cloud, arn: &str) -> Result<Option<ExistingCertificate>, Fault> {
    let (described, tags) = tokio::join!(
        cloud.acm.describe_certificate().certificate_arn(arn).send(),
        cloud.acm.list_tags_for_certificate().certificate_arn(arn).send(),
    );
    let described = described.found("acm:DescribeCertificate", MISSING)?;
    let tags = tags.found("acm:ListTagsForCertificate", MISSING)?.and_then(|tags| tags.tags);
    let tags = tags.unwrap_or_default().into_iter();
    let tags = tags.map(|tag| (tag.key, tag.value.unwrap_or_default())).collect();
    Ok(described.and_then(|described| described.certificate).map(|detail| existing(arn, detail, tags)))
}

fn existing(arn: &str, detail: CertificateDetail, tags: BTreeMap<String, String>) -> ExistingCertificate {
    let names = detail.subject_alternative_names().iter().chain(&detail.domain_name);
    let validation_records = detail.domain_validation_options().iter().filter_map(|option| {
        let record = option.resource_record.as_ref()?;
        Some(ValidationRecord {
            hostname: normalize_name(&option.domain_name),
            name: normalize_name(&record.name),
            value: normalize_name(&record.value),
        })
    });
    ExistingCertificate {
        arn: arn.to_owned(),
        names: names.map(|name| normalize_name(name)).collect(),
        in_use: !detail.in_use_by().is_empty(),
        validation_records: validation_records.collect(),
        status: detail.status.unwrap_or(CertificateStatus::PendingValidation),
        failure: detail.failure_reason,
        tags,
    }
}
