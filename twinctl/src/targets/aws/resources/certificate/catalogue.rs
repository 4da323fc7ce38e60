//! Which certificates there are for our names, and which of them are ours.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_acm::types::{
    CertificateDetail, CertificateStatus, CertificateSummary, FailureReason, Filters, KeyAlgorithm,
};
use futures_util::future::try_join_all;
use reconcile::{Fault, Ownership};

use super::Proof;
use crate::targets::aws::{Answer, Cloud, Labels, dns::plain};

/// Without a word ACM tells of two kinds only, and a certificate of somebody else's may be of another.
const KEYS: [KeyAlgorithm; 7] = [
    KeyAlgorithm::Rsa1024,
    KeyAlgorithm::Rsa2048,
    KeyAlgorithm::Rsa3072,
    KeyAlgorithm::Rsa4096,
    KeyAlgorithm::EcPrime256v1,
    KeyAlgorithm::EcSecp384r1,
    KeyAlgorithm::EcSecp521r1,
];
const GONE: &[&str] = &["ResourceNotFoundException"];

/// A certificate as ACM tells of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Held {
    pub(super) arn: String,
    pub(super) names: BTreeSet<String>,
    pub(super) status: CertificateStatus,
    pub(super) failure: Option<FailureReason>,
    /// As far as ACM has told them; they come a moment after the certificate.
    pub(super) proofs: Vec<Proof>,
    pub(super) in_use: bool,
    pub(super) tags: BTreeMap<String, String>,
}

impl Held {
    pub(super) fn is_issued(&self) -> bool {
        self.status == CertificateStatus::Issued
    }

    /// Nothing will ever become of it.
    pub(super) fn is_dead(&self) -> bool {
        !matches!(self.status, CertificateStatus::Issued | CertificateStatus::PendingValidation)
    }

    fn rank(&self) -> (bool, bool, &str) {
        (!self.is_issued(), !self.in_use, &self.arn)
    }
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    pub(super) ours: Vec<Held>,
    /// The names of certificates that are not ours: they need the same proofs.
    pub(super) elsewhere: BTreeSet<String>,
}

impl Catalogue {
    /// The living certificate for exactly these names; of several, the one that does its work already.
    pub(super) fn chosen(&self, names: &BTreeSet<String>) -> Option<&Held> {
        let fits = self.ours.iter().filter(|held| held.names == *names && !held.is_dead());
        fits.min_by_key(|held| held.rank())
    }

    pub(super) fn dead(&self) -> impl Iterator<Item = &Held> {
        self.ours.iter().filter(|held| held.is_dead())
    }
}

/// Among those whose first name is one of `firsts`. `also` is one that the list may not have yet.
pub(super) async fn catalogue(
    cloud: &Cloud,
    labels: &Labels,
    firsts: &BTreeSet<String>,
    also: Option<&str>,
) -> Result<Catalogue, Fault> {
    let listed = list(cloud).await?;
    let arn = |summary: &CertificateSummary| summary.certificate_arn.clone();
    let ours =
        |summary: &&CertificateSummary| firsts.contains(&plain(summary.domain_name().unwrap_or_default()));
    let mut candidates: BTreeSet<String> = listed.iter().filter(ours).filter_map(arn).collect();
    candidates.extend(also.map(ToOwned::to_owned));
    let read = try_join_all(candidates.iter().map(|arn| read(cloud, arn))).await?;
    let is_ours = |held: &Held| labels.ownership(&held.tags, "") == Ownership::Ours;
    let ours: Vec<_> = read.into_iter().flatten().filter(is_ours).collect();
    let foreign = listed
        .iter()
        .filter(|summary| !ours.iter().any(|held| Some(&held.arn) == summary.certificate_arn.as_ref()));
    let elsewhere = foreign.flat_map(|summary| {
        summary.domain_name.iter().chain(summary.subject_alternative_name_summaries()).map(|name| plain(name))
    });
    Ok(Catalogue { elsewhere: elsewhere.collect(), ours })
}

async fn list(cloud: &Cloud) -> Result<Vec<CertificateSummary>, Fault> {
    let any = Filters::builder().set_key_types(Some(KEYS.to_vec())).build();
    let mut all = Vec::new();
    let mut next = None;
    loop {
        let request = cloud.acm.list_certificates().includes(any.clone()).set_next_token(next.take());
        let page = request.send().await;
        let page = page.fault("acm:ListCertificates")?;
        all.extend(page.certificate_summary_list.unwrap_or_default());
        next = page.next_token;
        if next.is_none() {
            return Ok(all);
        }
    }
}

/// `None` when it is gone.
async fn read(cloud: &Cloud, arn: &str) -> Result<Option<Held>, Fault> {
    let (described, tags) = tokio::join!(
        cloud.acm.describe_certificate().certificate_arn(arn).send(),
        cloud.acm.list_tags_for_certificate().certificate_arn(arn).send(),
    );
    let described = described.found("acm:DescribeCertificate", GONE)?;
    let tags = tags.found("acm:ListTagsForCertificate", GONE)?.and_then(|tags| tags.tags);
    let tags = tags.unwrap_or_default().into_iter();
    let tags = tags.map(|tag| (tag.key, tag.value.unwrap_or_default())).collect();
    Ok(described.and_then(|described| described.certificate).map(|detail| held(arn, detail, tags)))
}

fn held(arn: &str, detail: CertificateDetail, tags: BTreeMap<String, String>) -> Held {
    let names = detail.subject_alternative_names().iter().chain(&detail.domain_name);
    let proofs = detail.domain_validation_options().iter().filter_map(|option| {
        let record = option.resource_record.as_ref()?;
        Some(Proof {
            domain: plain(&option.domain_name),
            name: plain(&record.name),
            value: plain(&record.value),
        })
    });
    Held {
        arn: arn.to_owned(),
        names: names.map(|name| plain(name)).collect(),
        in_use: !detail.in_use_by().is_empty(),
        proofs: proofs.collect(),
        status: detail.status.unwrap_or(CertificateStatus::PendingValidation),
        failure: detail.failure_reason,
        tags,
    }
}
