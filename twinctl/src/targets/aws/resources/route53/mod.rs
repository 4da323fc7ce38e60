//! Hosted zones and their records. Used by the certificate and the domain.

mod batch;
mod record;
mod zones;

use crate::targets::aws::{Permission, dns::normalize_name};

pub(crate) use batch::{Batch, is_propagated};
pub(crate) use record::{ALIAS_TYPES, RecordSet, records_at};
pub use zones::{Zone, Zones};
pub(crate) use zones::{ZoneMatch, list_zones, match_zone};

const EACH_EQUALS: &str = "ForAllValues:StringEquals";
/// The first label of ACM's validation records: an underscore and 32 hexadecimal digits. `*` would also match other
/// records, for example `_acme-challenge` of another host.
const VALIDATION_LABEL: &str = "_????????????????????????????????";

/// Returns the permissions to write the records of these hostnames. They cover all zones, because a zone is not known
/// in advance, and no other names and types.
pub(crate) fn required_permissions(hostnames: &[String]) -> Vec<Permission> {
    let zones = ["arn:aws:route53:::hostedzone/*".to_owned()];
    let write = |name, operator, names: Vec<String>, types: &[&str]| {
        let key = |suffix| format!("route53:ChangeResourceRecordSets{suffix}");
        Permission::write(name, &["route53:ChangeResourceRecordSets"], zones.clone())
            .when_any(operator, key("NormalizedRecordNames"), names)
            .when_any(EACH_EQUALS, key("RecordTypes"), types.iter().map(ToString::to_string))
            .when_any(EACH_EQUALS, key("Actions"), ["CREATE", "DELETE"].map(ToOwned::to_owned))
            // `ForAllValues` is also true for a request without values, so this requires at least one.
            .when("Null", key("NormalizedRecordNames"), "false")
    };
    let mut hostnames: Vec<_> = hostnames.iter().map(|name| normalize_name(name)).collect();
    hostnames.sort_unstable();
    let validation = hostnames.iter().map(|name| format!("{VALIDATION_LABEL}.{name}")).collect();
    let look = &["route53:GetHostedZone", "route53:ListResourceRecordSets"];
    vec![
        Permission::read("ListZones", &["route53:ListHostedZones"], ["*".to_owned()]),
        Permission::read("LookAtRecords", look, zones.clone()),
        // A CNAME record may have to be replaced by addresses.
        write("WriteAddresses", EACH_EQUALS, hostnames, &["A", "AAAA", "CNAME"]),
        write("WriteValidation", "ForAllValues:StringLike", validation, &["CNAME"]),
        Permission::write(
            "WaitForRecords",
            &["route53:GetChange"],
            ["arn:aws:route53:::change/*".to_owned()],
        ),
    ]
}
