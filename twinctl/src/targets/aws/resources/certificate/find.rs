//! Finds the certificate for exactly our names, and where its proofs stand.

use std::collections::BTreeSet;

use reconcile::Fault;
use tokio::time::Instant;

use super::{
    Certificate, DIAGNOSE_AFTER, Records,
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
    pub(super) async fn look(&self, cloud: &Cloud) -> Result<Option<CertificateActual>, Fault> {
        let seen = self.memory().arn.clone();
        let mut catalogue = catalogue(cloud, &self.labels, &self.firsts, seen.as_deref()).await?;
        let Some(held) = self.chosen(&catalogue, seen.as_deref()).cloned() else {
            let dead = catalogue.dead().map(|held| held.arn.clone()).collect();
            self.memory().dead = dead;
            return Ok(None);
        };
        self.remember(&held);
        let placed = look(cloud, &self.records, &held.proofs).await?;
        let unseen = self.unseen(cloud, &held, &placed).await;
        let elsewhere = std::mem::take(&mut catalogue.elsewhere);
        Ok(Some(CertificateActual { held, placed, elsewhere, unseen }))
    }

    /// One that died in this run is told of; one that was dead before is none.
    fn chosen<'c>(&self, catalogue: &'c Catalogue, seen: Option<&str>) -> Option<&'c Held> {
        let same = catalogue.ours.iter().find(|held| Some(held.arn.as_str()) == seen);
        same.or_else(|| catalogue.chosen(&self.set()))
    }

    fn remember(&self, held: &Held) {
        let mut memory = self.memory();
        memory.arn = Some(held.arn.clone());
        if held.is_issued() {
            memory.pending_since = None;
        } else {
            memory.pending_since.get_or_insert_with(Instant::now);
        }
    }

    /// What public DNS lacks of a certificate that has been pending for long.
    async fn unseen(&self, cloud: &Cloud, held: &Held, placed: &[Placed]) -> Option<String> {
        let since = self.memory().pending_since?;
        if held.is_dead() || since.elapsed() < DIAGNOSE_AFTER || matches!(self.records, Records::ByHand) {
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
