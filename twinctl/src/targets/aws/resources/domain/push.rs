//! Implements `converge` and `delete`: adds the aliases to the distribution, then writes the records. Removes them in
//! the opposite order.

use aws_sdk_cloudfront::types::DistributionConfig;
use reconcile::{Class, Fault, Removed};

use super::{Domain, DomainActual, DomainDesired, DomainMemory, OtherRecords, aliases};
use crate::targets::aws::{
    Cloud, SdkResult,
    resources::{
        distribution::DistributionActual,
        route53::{ALIAS_TYPES, Batch, RecordSet},
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
        // If none of our resources exists, `actual` is `None` although there may be records that must not be
        // overwritten.
        let actual = match actual {
            Some(actual) => actual.clone(),
            None => self.find(cloud, memory).await?,
        };
        let Some(distribution) = &actual.distribution else {
            return Err(Fault::new(Class::Stale, "the distribution does not exist yet"));
        };
        if !desired.certificate.issued {
            return Ok(());
        }
        self.check_other_records(&actual)?;
        let certificate = &desired.certificate.arn;
        if aliases::actual(distribution) != aliases::wanted(&self.name_set(), certificate) {
            let config = aliases::added(distribution.config.clone(), &self.names, certificate);
            update(cloud, distribution, config).await?;
        }
        let sent = self.write_records(cloud, &desired.distribution.domain, &actual).await?;
        memory.changes.extend(sent);
        Ok(())
    }

    /// Fails if a record of our names points elsewhere and must be kept.
    fn check_other_records(&self, actual: &DomainActual) -> Result<(), Fault> {
        match actual.others().next() {
            Some(record) if self.other_records == OtherRecords::Keep => Err(Fault::new(
                Class::Refused,
                format!(
                    "the record {} {} points to {} and is not managed by twinctl; `--take-record` replaces it",
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
        actual: &DomainActual,
    ) -> Result<Vec<String>, Fault> {
        let Some(zones) = self.zones() else { return Ok(Vec::new()) };
        let mut batch = Batch::default();
        for record in actual.superfluous(&self.names, host) {
            batch.delete(record);
        }
        for name in &self.names {
            let zone = zones.require(cloud, name).await?;
            for kind in ALIAS_TYPES {
                if actual.target(name, &kind, host).is_some_and(|value| value == host) {
                    continue;
                }
                let before = actual.records.iter();
                let before = before.filter(|record| record.name() == *name && *record.kind() == kind);
                for record in before {
                    batch.delete(record);
                }
                batch.create(&RecordSet::alias(zone, name, kind, host));
            }
        }
        batch.send(cloud).await
    }

    pub(super) async fn remove(&self, cloud: &Cloud, actual: &DomainActual) -> Result<Removed, Fault> {
        let mut batch = Batch::default();
        for record in actual.ours() {
            batch.delete(record);
        }
        batch.send(cloud).await?;
        let distribution = actual.distribution.as_ref();
        if let Some(distribution) = distribution.filter(|distribution| aliases::has_any(distribution)) {
            update(cloud, distribution, aliases::removed(distribution.config.clone())).await?;
        }
        Ok(Removed::Observe)
    }
}

async fn update(cloud: &Cloud, actual: &DistributionActual, config: DistributionConfig) -> Result<(), Fault> {
    let request = cloud.cloudfront.update_distribution().id(&actual.id).if_match(&actual.etag);
    request.distribution_config(config).send().await.fault("cloudfront:UpdateDistribution")?;
    Ok(())
}
