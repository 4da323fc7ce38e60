//! Certificates of ours for names that are not wanted any more. They go once CloudFront has let go of them.

use std::collections::BTreeSet;

use futures_util::future::try_join_all;
use reconcile::{Backoff, Change, Fault, Ownership, Pushed, Removed, Resource, Wait};

use super::{
    Records,
    catalogue::{Held, catalogue},
    proof::{Placed, erase, look},
};
use crate::targets::aws::{Answer, Cloud, Labels};
use crate::ui::ApiError;

/// CloudFront goes on using a certificate until every edge has heard of the new one.
const LETTING_GO: Backoff = Backoff::from_millis(2_000, 15_000, 2_700_000);

#[derive(Debug)]
pub struct OldCertificate {
    /// The names that are wanted now; none where no domain is wanted.
    wanted: BTreeSet<String>,
    /// The first names of all that may be ours.
    firsts: BTreeSet<String>,
    labels: Labels,
    records: Records,
}

#[derive(Debug, Clone, PartialEq)]
pub struct OldCertificateActual {
    certificates: Vec<(String, Vec<Placed>)>,
    /// Names that go on needing their proofs.
    needed: BTreeSet<String>,
}

impl OldCertificate {
    pub fn new(wanted: BTreeSet<String>, firsts: BTreeSet<String>, labels: Labels, records: Records) -> Self {
        Self { wanted, firsts, labels, records }
    }

    async fn look(&self, cloud: &Cloud) -> Result<Option<OldCertificateActual>, Fault> {
        let catalogue = catalogue(cloud, &self.labels, &self.firsts, None).await?;
        let chosen = catalogue.chosen(&self.wanted);
        // While the owner has still to prove the new names, visitors come by the old ones.
        let waiting = matches!(self.records, Records::ByHand)
            && !self.wanted.is_empty()
            && !chosen.is_some_and(Held::is_issued);
        let kept = chosen.map(|held| held.arn.as_str());
        let old = catalogue.ours.iter().filter(|held| Some(held.arn.as_str()) != kept);
        let old = old.filter(|held| !(waiting && held.in_use));
        let certificates = try_join_all(old.map(async |held| {
            Ok::<_, Fault>((held.arn.clone(), look(cloud, &self.records, &held.proofs).await?))
        }))
        .await?;
        let needed = self.wanted.union(&catalogue.elsewhere).cloned().collect();
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
        Box::pin(self.look(cloud)).await
    }

    fn ownership(&self, _: &OldCertificateActual) -> Ownership {
        Ownership::Ours
    }

    /// Never wanted, so there is nothing to bring it to.
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
        for (arn, placed) in &actual.certificates {
            match remove(cloud, arn, placed, &actual.needed).await? {
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

/// The proofs first: without the certificate nobody would know any more which they are.
pub(super) async fn remove(
    cloud: &Cloud,
    arn: &str,
    placed: &[Placed],
    needed: &BTreeSet<String>,
) -> Result<Removed, Fault> {
    if erase(cloud, placed, needed).await? {
        return Ok(Removed::Observe);
    }
    let deleted = cloud.acm.delete_certificate().certificate_arn(arn).send().await;
    match deleted.done("acm:DeleteCertificate", &["ResourceNotFoundException"]) {
        Ok(()) => Ok(Removed::Done),
        Err(fault)
            if fault.cause::<ApiError>().is_some_and(|error| error.code == "ResourceInUseException") =>
        {
            let what = "CloudFront to let go of the old certificate (usually some minutes)";
            Ok(Removed::Waiting(Wait::new(what, LETTING_GO)))
        }
        Err(fault) => Err(fault),
    }
}
