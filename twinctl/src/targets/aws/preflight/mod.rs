//! Checks a domain before anything is changed. All checks run concurrently.

use futures_util::future::join_all;
use reconcile::Fault;

use crate::{
    spec::{Dns, Domain},
    targets::aws::{Cloud, names::Names},
    ui::{Diagnostic, Ui},
};

mod caa;
mod conflicts;
mod finding;
mod public_alias;
#[cfg(test)]
mod tests;
mod zone;

pub(crate) use finding::{Finding, Severity};

/// Checks a domain and prints the warnings. Fails if the domain cannot work.
pub(crate) async fn run(cloud: &Cloud, domain: &Domain, names: &Names, ui: &Ui) -> Result<(), Diagnostic> {
    let findings = check(cloud, domain, &names.marker, &names.web_bucket).await;
    let findings = findings.map_err(|fault| Diagnostic::fault("the domain could not be checked", &fault))?;
    if let Some(diagnostic) = Finding::diagnostic(&findings) {
        return Err(diagnostic);
    }
    for Finding { severity, message, hint } in findings {
        match severity {
            Severity::Skipped => ui.say(&message),
            Severity::Error | Severity::Warning => ui.warn(&format!("{message}; {hint}")),
        }
    }
    Ok(())
}

/// Returns all findings, the most severe first.
pub(crate) async fn check(
    cloud: &Cloud,
    domain: &Domain,
    marker: &str,
    web_bucket: &str,
) -> Result<Vec<Finding>, Fault> {
    let names = domain.names();
    let zone = async {
        match domain.dns {
            Dns::Route53 => zone::check(cloud, domain, &names).await,
            Dns::Manual => Ok(zone::ZoneCheck::default()),
        }
    };
    let caa = join_all(names.iter().map(|name| caa::check(cloud.dns.as_ref(), name)));
    let aliases = join_all(names.iter().map(|name| public_alias::find(cloud.dns.as_ref(), name)));
    let (conflicts, zone, caa, aliases) =
        tokio::join!(conflicts::find(cloud, &names, marker, web_bucket), zone, caa, aliases);
    let (conflicts, zone) = (conflicts?, zone?);
    let mut findings = zone.findings;
    findings.extend(caa.into_iter().flatten());
    let records = zone.records.iter().filter(|_| !domain.take_record);
    findings.extend(records.filter_map(|record| conflicts::record(record, conflicts.host.as_deref())));
    let aliases = aliases.into_iter().flatten().filter(|alias| Some(&alias.host) != conflicts.host.as_ref());
    let reported = |name: &str| conflicts.names.iter().any(|reported| reported == name);
    findings.extend(aliases.filter(|alias| !reported(&alias.name)).map(|alias| alias.finding()));
    findings.extend(conflicts.findings);
    findings.sort();
    findings.dedup();
    Ok(findings)
}
