//! Record sets.

use aws_sdk_route53::types::{AliasTarget, ResourceRecord, ResourceRecordSet, RrType};
use reconcile::Fault;

use super::Zone;
use crate::targets::aws::{Cloud, SdkResult, dns::normalize_name};

/// The number of record sets that are read, starting at a name. One name has fewer.
const PAGE: i32 = 20;
const TTL_S: i64 = 300;
/// The hosted zone of all CloudFront distributions, which an alias to a distribution must refer to.
const CLOUDFRONT_ZONE: &str = "Z2FDTNDATAQYW2";

/// The types of alias records: IPv4 and IPv6.
pub(crate) const ALIAS_TYPES: [RrType; 2] = [RrType::A, RrType::Aaaa];

/// A record set and its zone.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RecordSet {
    pub(crate) zone: Zone,
    /// Exactly as Route 53 returned it, because a deletion must repeat it.
    pub(crate) set: ResourceRecordSet,
}

impl RecordSet {
    /// Returns the name in lowercase without the trailing dot.
    pub(crate) fn name(&self) -> String {
        normalize_name(&self.set.name)
    }

    pub(crate) fn kind(&self) -> &RrType {
        &self.set.r#type
    }

    /// Returns the target of an alias, or the values.
    pub(crate) fn value(&self) -> String {
        if let Some(alias) = &self.set.alias_target {
            return normalize_name(&alias.dns_name);
        }
        let values = self.set.resource_records();
        values.iter().map(|record| normalize_name(&record.value)).collect::<Vec<_>>().join(", ")
    }

    pub(crate) fn points_to(&self, host: &str) -> bool {
        self.value() == normalize_name(host)
    }

    /// Returns whether the record is the same for all visitors, not one of several by weight, location or the like.
    pub(crate) fn is_simple(&self) -> bool {
        self.set.set_identifier.is_none()
    }

    pub(crate) fn cname(zone: &Zone, name: &str, value: &str) -> Self {
        let record = ResourceRecord::builder().value(value).build();
        let set = ResourceRecordSet::builder().name(name).r#type(RrType::Cname).ttl(TTL_S);
        Self::built(zone, set.set_resource_records(record.ok().map(|record| vec![record])).build())
    }

    /// Returns an alias to a distribution.
    pub(crate) fn alias(zone: &Zone, name: &str, kind: RrType, host: &str) -> Self {
        let target = AliasTarget::builder().dns_name(host).hosted_zone_id(CLOUDFRONT_ZONE);
        let target = target.evaluate_target_health(false).build();
        let set = ResourceRecordSet::builder().name(name).r#type(kind);
        Self::built(zone, set.set_alias_target(target.ok()).build())
    }

    fn built(
        zone: &Zone,
        set: Result<ResourceRecordSet, aws_smithy_types::error::operation::BuildError>,
    ) -> Self {
        Self { zone: zone.clone(), set: set.expect("name and type are given") }
    }
}

/// Returns all record sets of a zone with exactly this name.
pub(crate) async fn records_at(cloud: &Cloud, zone: &Zone, name: &str) -> Result<Vec<RecordSet>, Fault> {
    let request = cloud.route53.list_resource_record_sets().hosted_zone_id(&zone.id);
    let page = request.start_record_name(name).max_items(PAGE).send().await;
    let page = page.fault("route53:ListResourceRecordSets")?;
    let found =
        page.resource_record_sets.into_iter().filter(|set| normalize_name(&set.name) == normalize_name(name));
    Ok(found.map(|set| RecordSet { zone: zone.clone(), set }).collect())
}
