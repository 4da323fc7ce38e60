//! Whether there is a hosted zone for each name, and whether the world asks its name servers.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;
use reconcile::Fault;

use super::Finding;
use crate::{
    spec::{Domain, DomainName},
    targets::aws::{
        Answer, Cloud,
        dns::{Found, Kind, plain},
        resources::route53::{RecordSet, Zone, ZoneMatch, list_zones, match_zone, records_at},
    },
};

#[derive(Debug, Default)]
pub(super) struct Zoned {
    pub(super) findings: Vec<Finding>,
    /// Everything that is at the names.
    pub(super) records: Vec<RecordSet>,
}

pub(super) async fn ask(cloud: &Cloud, domain: &Domain, names: &[String]) -> Result<Zoned, Fault> {
    let all = list_zones(cloud).await?;
    let given = domain.zone.as_ref().map(DomainName::as_str);
    let mut findings = Vec::new();
    let mut chosen = BTreeMap::new();
    let mut places = Vec::new();
    for name in names {
        match match_zone(&all, name, given) {
            ZoneMatch::One(zone) => {
                chosen.insert(&zone.id, zone);
                places.push((zone, name));
            }
            ZoneMatch::None => findings.push(missing(name, given, &all)),
            ZoneMatch::Several(twins) => findings.push(several(&twins)),
        }
    }
    let (delegated, records) = tokio::try_join!(
        try_join_all(chosen.values().map(|zone| delegation(cloud, zone))),
        try_join_all(places.iter().map(|(zone, name)| records_at(cloud, zone, name))),
    )?;
    findings.extend(delegated.into_iter().flatten());
    Ok(Zoned { findings, records: records.concat() })
}

fn missing(name: &str, given: Option<&str>, all: &[Zone]) -> Finding {
    let wanted = given.filter(|given| name.ends_with(given)).unwrap_or(name);
    let there: BTreeSet<_> = all.iter().map(|zone| zone.name.as_str()).collect();
    let there = match there.len() {
        0 => "this account has no public hosted zone".to_owned(),
        _ => format!("this account has {}", there.into_iter().collect::<Vec<_>>().join(", ")),
    };
    Finding::stops(
        format!("no public hosted zone holds `{wanted}`: {there}"),
        "make the zone in Route 53 (docs/domain.md), look whether this is the right account, or write `dns: manual` where another host keeps the domain",
    )
}

fn several(twins: &[&Zone]) -> Finding {
    let ids = twins.iter().map(|zone| zone.id.as_str()).collect::<Vec<_>>().join(", ");
    let name = twins.first().map(|zone| zone.name.as_str()).unwrap_or_default();
    Finding::stops(
        format!("there are {} public hosted zones named `{name}`: {ids}", twins.len()),
        "delete the one whose name servers the domain's registrar does not name",
    )
}

/// Nothing to say where the world asks the zone's own name servers.
async fn delegation(cloud: &Cloud, zone: &Zone) -> Result<Option<Finding>, Fault> {
    let zone_asked = async {
        let asked = cloud.route53.get_hosted_zone().id(&zone.id).send().await;
        asked.fault("route53:GetHostedZone")
    };
    let (asked, told) = tokio::join!(zone_asked, cloud.dns.ask(&zone.name, Kind::Ns));
    let servers = asked?.delegation_set.map(|set| set.name_servers).unwrap_or_default();
    let ours: BTreeSet<_> = servers.iter().map(|server| plain(server)).collect();
    let told = match told {
        Ok(told) => told,
        Err(unanswered) => return Ok(Some(Finding::skipped(unanswered))),
    };
    let theirs: BTreeSet<_> = told.into_iter().filter_map(server).collect();
    if !theirs.is_disjoint(&ours) {
        return Ok(None);
    }
    let list = |servers: &BTreeSet<String>| servers.iter().cloned().collect::<Vec<_>>().join(", ");
    let name = &zone.name;
    let sentence = if theirs.is_empty() {
        format!(
            "public DNS knows no name servers of `{name}`: it is not registered, or nobody points to its zone yet"
        )
    } else {
        format!(
            "the world asks other name servers about `{name}` than those of its zone {}: {}",
            zone.id,
            list(&theirs)
        )
    };
    let next = format!(
        "let the registrar of `{name}` (or the zone above it) name these: {}; it may take hours until everybody knows",
        list(&ours)
    );
    Ok(Some(Finding::stops(sentence, next)))
}

fn server(found: Found) -> Option<String> {
    match found {
        Found::Ns(server) => Some(server),
        _ => None,
    }
}
