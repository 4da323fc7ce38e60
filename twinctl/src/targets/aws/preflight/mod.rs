//! What could be in the way of a domain, asked all at once before anything changes.

mod caa;
mod finding;
mod leads;
mod taken;
#[cfg(test)]
mod tests;
mod zone;

use futures_util::future::join_all;
use reconcile::Fault;

pub(crate) use finding::{Finding, Weight};

use crate::{
    spec::{Dns, Domain},
    targets::aws::Cloud,
};

/// Everything that is worth saying, the worst first.
pub(crate) async fn ask(cloud: &Cloud, domain: &Domain, marker: &str) -> Result<Vec<Finding>, Fault> {
    let names = domain.names();
    let zone = async {
        match domain.dns {
            Dns::Route53 => zone::ask(cloud, domain, &names).await,
            Dns::Manual => Ok(zone::Zoned::default()),
        }
    };
    let caa = join_all(names.iter().map(|name| caa::ask(cloud.dns.as_ref(), name)));
    let leads = join_all(names.iter().map(|name| leads::ask(cloud.dns.as_ref(), name)));
    let (taken, found, caa, leads) = tokio::join!(taken::ask(cloud, &names, marker), zone, caa, leads);
    let (taken, found) = (taken?, found?);
    let mut findings = found.findings;
    findings.extend(caa.into_iter().flatten());
    let records = found.records.iter().filter(|_| !domain.take_record);
    findings.extend(records.filter_map(|record| taken::record(record, taken.host.as_deref())));
    let leads = leads.into_iter().flatten().filter(|lead| Some(&lead.host) != taken.host.as_ref());
    let claimed = |name: &str| taken.claimed.iter().any(|claimed| claimed == name);
    findings.extend(leads.filter(|lead| !claimed(&lead.name)).map(|lead| lead.finding()));
    findings.extend(taken.findings);
    findings.sort();
    findings.dedup();
    Ok(findings)
}
