//! Finds the certificate for exactly our names, and where its proofs stand.

use std::collections::BTreeSet;

use reconcile::Fault;
use tokio::time::Instant;

use super::{
    Certificate, CertificateMemory, DIAGNOSE_AFTER, Records,
    catalogue::{Catalogue, Held, catalogue},
    proof::{Placed, look},
};
use crate::targets::aws::{
    Cloud,
    dns::{Found, Kind},
};

#[derive(Debug, Clone, PartialEq)]
pub struct CertificateActual {
    pub(super) held: Held,
    /// Nothing where the owner writes the records.
    pub(super) placed: Vec<Placed>,
    /// Names of certificates that are not ours, which need the same proofs.
    pub(super) elsewhere: BTreeSet<String>,
    /// The name of a record that is written, and that public DNS does not show after minutes.
    pub(super) unseen: Option<String>,
}

impl Certificate {
    pub(super) async fn look(
        &self,
        cloud: &Cloud,
        memory: &mut CertificateMemory,
    ) -> Result<Option<CertificateActual>, Fault> {
        let seen = memory.arn.as_deref();
        let mut catalogue = catalogue(cloud, &self.labels, &self.firsts, seen).await?;
        let Some(held) = self.chosen(&catalogue, seen).cloned() else {
            memory.dead = catalogue.dead().map(|held| held.arn.clone()).collect();
            return Ok(None);
        };
        memory.remember(&held);
        let placed = look(cloud, &self.records, &held.proofs).await?;
        let unseen = self.unseen(cloud, memory.pending_since, &held, &placed).await;
        let elsewhere = std::mem::take(&mut catalogue.elsewhere);
        Ok(Some(CertificateActual { held, placed, elsewhere, unseen }))
    }

    /// One that died in this run is told of; one that was dead before is none.
    fn chosen<'c>(&self, catalogue: &'c Catalogue, seen: Option<&str>) -> Option<&'c Held> {
        let same = catalogue.ours.iter().find(|held| Some(held.arn.as_str()) == seen);
        same.or_else(|| catalogue.chosen(&self.set()))
    }

    /// What public DNS lacks of a certificate that has been pending for long.
    async fn unseen(
        &self,
        cloud: &Cloud,
        pending_since: Option<Instant>,
        held: &Held,
        placed: &[Placed],
    ) -> Option<String> {
        if held.is_dead()
            || pending_since?.elapsed() < DIAGNOSE_AFTER
            || matches!(self.records, Records::ByHand)
        {
            return None;
        }
        for Placed { proof, .. } in placed {
            let told = cloud.dns.ask(&proof.name, Kind::Cname).await.ok()?;
            if !told.contains(&Found::Cname(proof.value.clone())) {
                return Some(proof.name.clone());
            }
        }
        None
    }
}

impl CertificateMemory {
    fn remember(&mut self, held: &Held) {
        self.arn = Some(held.arn.clone());
        if held.is_issued() {
            self.pending_since = None;
        } else {
            self.pending_since.get_or_insert_with(Instant::now);
        }
    }
}
