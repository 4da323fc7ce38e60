//! Checks that each name has one public hosted zone, and that public DNS delegates to its name servers.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;
use reconcile::Fault;

use super::Finding;
use crate::{
    spec::{Domain, DomainName},
    targets::aws::{
        Cloud, SdkResult,
        dns::{DnsRecord, RecordType, normalize_name},
        resources::route53::{RecordSet, Zone, ZoneMatch, list_zones, match_zone, records_at},
    },
};

#[derive(Debug, Default)]
pub(super) struct ZoneCheck {
    pub(super) findings: Vec<Finding>,
    /// All records of the names.
    pub(super) records: Vec<RecordSet>,
}

pub(super) async fn check(cloud: &Cloud, domain: &Domain, names: &[String]) -> Result<ZoneCheck, Fault> {
    let all = list_zones(cloud).await?;
    let specified = domain.zone.as_ref().map(DomainName::as_str);
    let mut findings = Vec::new();
    let mut chosen = BTreeMap::new();
    let mut zones_of_names = Vec::new();
    for name in names {
        match match_zone(&all, name, specified) {
            ZoneMatch::One(zone) => {
                chosen.insert(&zone.id, zone);
                zones_of_names.push((zone, name));
            }
            ZoneMatch::None => findings.push(missing(name, specified, &all)),
            ZoneMatch::Several(zones) => findings.push(several(&zones)),
        }
    }
    let (delegations, records) = tokio::try_join!(
        try_join_all(chosen.values().map(|zone| delegation(cloud, zone))),
        try_join_all(zones_of_names.iter().map(|(zone, name)| records_at(cloud, zone, name))),
    )?;
    findings.extend(delegations.into_iter().flatten());
    Ok(ZoneCheck { findings, records: records.concat() })
}

fn missing(name: &str, specified: Option<&str>, all: &[Zone]) -> Finding {
    let zone = specified.filter(|zone| name.ends_with(zone)).unwrap_or(name);
    let existing: BTreeSet<_> = all.iter().map(|zone| zone.name.as_str()).collect();
    let existing = match existing.len() {
        0 => "this account has none".to_owned(),
        _ => format!("this account has {}", existing.into_iter().collect::<Vec<_>>().join(", ")),
    };
    Finding::error(
        format!("no public hosted zone contains `{zone}` ({existing})"),
        "create the zone in Route 53 (docs/domain.md), check that this is the right account, or set `dns: manual` if another provider hosts the domain",
    )
}

fn several(zones: &[&Zone]) -> Finding {
    let ids = zones.iter().map(|zone| zone.id.as_str()).collect::<Vec<_>>().join(", ");
    let name = zones.first().map(|zone| zone.name.as_str()).unwrap_or_default();
    Finding::error(
        format!("there are {} public hosted zones named `{name}`: {ids}", zones.len()),
        "delete the zone whose name servers are not set at the domain's registrar",
    )
}

/// Returns a finding if public DNS does not delegate the zone's name to the zone's name servers.
async fn delegation(cloud: &Cloud, zone: &Zone) -> Result<Option<Finding>, Fault> {
    let details = async {
        let details = cloud.route53.get_hosted_zone().id(&zone.id).send().await;
        details.fault("route53:GetHostedZone")
    };
    let (details, response) = tokio::join!(details, cloud.dns.lookup(&zone.name, RecordType::Ns));
    let servers = details?.delegation_set.map(|set| set.name_servers).unwrap_or_default();
    let expected: BTreeSet<_> = servers.iter().map(|server| normalize_name(server)).collect();
    let records = match response {
        Ok(records) => records,
        Err(error) => return Ok(Some(Finding::skipped(error))),
    };
    let actual: BTreeSet<_> = records.into_iter().filter_map(server).collect();
    if !actual.is_disjoint(&expected) {
        return Ok(None);
    }
    let list = |servers: &BTreeSet<String>| servers.iter().cloned().collect::<Vec<_>>().join(", ");
    let name = &zone.name;
    let message = if actual.is_empty() {
        format!(
            "`{name}` has no name servers in public DNS: it is not registered, or not delegated to its zone"
        )
    } else {
        format!(
            "public DNS delegates `{name}` to name servers that do not belong to its zone {}: {}",
            zone.id,
            list(&actual)
        )
    };
    let hint = format!(
        "set these name servers at the registrar of `{name}` or in its parent zone: {}; the change can take hours to spread",
        list(&expected)
    );
    Ok(Some(Finding::error(message, hint)))
}

fn server(record: DnsRecord) -> Option<String> {
    match record {
        DnsRecord::Ns(server) => Some(server),
        _ => None,
    }
}
