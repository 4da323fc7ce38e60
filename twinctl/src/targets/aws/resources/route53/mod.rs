//! Hosted zones and their records. Used by the certificate and the domain.

mod batch;
mod record;
mod zones;

use crate::targets::aws::Permission;

pub(crate) use batch::{Batch, is_propagated};
pub(crate) use record::{ALIAS_TYPES, RecordSet, records_at};
pub use zones::{Zone, Zones};
pub(crate) use zones::{ZoneMatch, list_zones, match_zone};

/// Returns the permissions to write records. They cover all zones, because a zone is not known in advance and records
/// have no tags.
pub(crate) fn required_permissions() -> Vec<Permission> {
    let zones = ["arn:aws:route53:::hostedzone/*".to_owned()];
    let look = &["route53:GetHostedZone", "route53:ListResourceRecordSets"];
    vec![
        Permission::read("ListZones", &["route53:ListHostedZones"], ["*".to_owned()]),
        Permission::read("LookAtRecords", look, zones.clone()),
        Permission::write("WriteRecords", &["route53:ChangeResourceRecordSets"], zones),
        Permission::write(
            "WaitForRecords",
            &["route53:GetChange"],
            ["arn:aws:route53:::change/*".to_owned()],
        ),
    ]
}
