//! Puts the names on the distribution, then the records; takes them away the other way round.

use aws_sdk_cloudfront::types::DistributionConfig;
use reconcile::{Class, Fault, Removed};

use super::{CLOUDFRONT_ZONE, Domain, DomainActual, DomainDesired, DomainMemory, Foreign, KINDS, attach};
use crate::targets::aws::{
    Answer, Cloud,
    resources::{
        distribution::DistributionActual,
        route53::{Batch, RecordSet},
    },
};

impl Domain {
    pub(super) async fn push(
        &self,
        cloud: &Cloud,
        memory: &mut DomainMemory,
        desired: &DomainDesired,
        actual: Option<&DomainActual>,
    ) -> Result<(), Fault> {
        // What is only in the way does not count as there, but must not be overlooked.
        let there = match actual {
            Some(actual) => actual.clone(),
            None => self.look(cloud, memory).await?,
        };
        let Some(distribution) = &there.distribution else {
            return Err(Fault::new(Class::Stale, "the distribution is not found yet"));
        };
        if !desired.certificate.issued {
            return Ok(());
        }
        self.refuse_to_overwrite(&there)?;
        let certificate = &desired.certificate.arn;
        if attach::facts(distribution) != attach::wanted(&self.set(), certificate) {
            let config = attach::attached(distribution.config.clone(), &self.names, certificate);
            update(cloud, distribution, config).await?;
        }
        let sent = self.write_records(cloud, &desired.distribution.domain, &there).await?;
        memory.changes.extend(sent);
        Ok(())
    }

    fn refuse_to_overwrite(&self, there: &DomainActual) -> Result<(), Fault> {
        match there.foreign().next() {
            Some(record) if self.foreign == Foreign::Kept => Err(Fault::new(
                Class::Refused,
                format!(
                    "the record {} {} leads to {}, and is not ours; `--take-record` replaces it",
                    record.name(),
                    record.kind(),
                    record.value()
                ),
            )),
            _ => Ok(()),
        }
    }

    /// Returns the ids of the changes.
    async fn write_records(
        &self,
        cloud: &Cloud,
        host: &str,
        there: &DomainActual,
    ) -> Result<Vec<String>, Fault> {
        let Some(zones) = self.zones() else { return Ok(Vec::new()) };
        let mut batch = Batch::default();
        for record in there.superfluous(&self.names, host) {
            batch.delete(record);
        }
        for name in &self.names {
            let zone = zones.needed(cloud, name).await?;
            for kind in KINDS {
                if there.of_kind(name, &kind, host).is_some_and(|value| value == host) {
                    continue;
                }
                let before = there.records.iter();
                let before = before.filter(|record| record.name() == *name && *record.kind() == kind);
                for record in before {
                    batch.delete(record);
                }
                batch.create(&RecordSet::alias(zone, name, kind, host, CLOUDFRONT_ZONE));
            }
        }
        batch.send(cloud).await
    }

    pub(super) async fn remove(&self, cloud: &Cloud, there: &DomainActual) -> Result<Removed, Fault> {
        let mut batch = Batch::default();
        for record in there.ours() {
            batch.delete(record);
        }
        batch.send(cloud).await?;
        if let Some(distribution) = there.distribution.as_ref().filter(|there| attach::is_named(there)) {
            update(cloud, distribution, attach::detached(distribution.config.clone())).await?;
        }
        Ok(Removed::Observe)
    }
}

async fn update(cloud: &Cloud, there: &DistributionActual, config: DistributionConfig) -> Result<(), Fault> {
    let request = cloud.cloudfront.update_distribution().id(&there.id).if_match(&there.etag);
    request.distribution_config(config).send().await.fault("cloudfront:UpdateDistribution")?;
    Ok(())
}
