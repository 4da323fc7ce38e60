//! Record sets as they are read and compared.

use aws_sdk_route53::types::{AliasTarget, ResourceRecord, ResourceRecordSet, RrType};
use reconcile::Fault;

use super::Zone;
use crate::targets::aws::{Answer, Cloud, dns::plain};

/// How many record sets are read from a name on: more than one name has.
const MOST_SETS: i32 = 20;
const TTL_S: i64 = 300;

/// A record set, and the zone that it is in.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RecordSet {
    pub(crate) zone: Zone,
    /// Exactly as Route 53 says it: what is to be deleted has to be repeated.
    pub(crate) set: ResourceRecordSet,
}

impl RecordSet {
    /// The name, without the dot at its end.
    pub(crate) fn name(&self) -> String {
        plain(&self.set.name)
    }

    pub(crate) fn kind(&self) -> &RrType {
        &self.set.r#type
    }

    /// Where it points: a host name, or its values.
    pub(crate) fn value(&self) -> String {
        if let Some(alias) = &self.set.alias_target {
            return plain(&alias.dns_name);
        }
        let values = self.set.resource_records();
        values.iter().map(|record| plain(&record.value)).collect::<Vec<_>>().join(", ")
    }

    pub(crate) fn points_to(&self, host: &str) -> bool {
        self.value() == plain(host)
    }

    /// A plain answer to everybody, not one of several for different visitors.
    pub(crate) fn is_simple(&self) -> bool {
        self.set.set_identifier.is_none()
    }

    pub(crate) fn cname(zone: &Zone, name: &str, value: &str) -> Self {
        let record = ResourceRecord::builder().value(value).build();
        let set = ResourceRecordSet::builder().name(name).r#type(RrType::Cname).ttl(TTL_S);
        Self::built(zone, set.set_resource_records(record.ok().map(|record| vec![record])).build())
    }

    pub(crate) fn alias(zone: &Zone, name: &str, kind: RrType, host: &str, host_zone: &str) -> Self {
        let target = AliasTarget::builder().dns_name(host).hosted_zone_id(host_zone);
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

/// Whether two spellings are the same name.
fn same_name(one: &str, other: &str) -> bool {
    plain(one) == plain(other)
}

/// All record sets that a zone has at exactly this name.
pub(crate) async fn at_name(cloud: &Cloud, zone: &Zone, name: &str) -> Result<Vec<RecordSet>, Fault> {
    let request = cloud.route53.list_resource_record_sets().hosted_zone_id(&zone.id);
    let page = request.start_record_name(name).max_items(MOST_SETS).send().await;
    let page = page.fault("route53:ListResourceRecordSets")?;
    let here = page.resource_record_sets.into_iter().filter(|set| same_name(&set.name, name));
    Ok(here.map(|set| RecordSet { zone: zone.clone(), set }).collect())
}
