//! Step `domain`: a domain is added and removed.

use anyhow::Result;
use serde_json::json;

use crate::acceptance::assumption::{Assumption, Step};
use crate::acceptance::by_hand::text;
use crate::acceptance::context::{Context, list};
use crate::acceptance::twinctl::ENVIRONMENT;

pub(super) fn run(context: &mut Context) -> Result<()> {
    let Some(domain) = context.target.domain.clone() else {
        context.findings.complete(Step::Domain, "no domain was given with an option");
        return Ok(());
    };
    if context.target.is_emulated() {
        let zone = domain.split_once('.').map_or("", |(_, zone)| zone);
        context.aws.call(
            "route53",
            "create_hosted_zone",
            json!({ "Name": zone, "CallerReference": "acceptance" }),
        )?;
    }
    context.settings.domain = true;
    let added = context.deploy();
    let evidence = added
        .as_ref()
        .map_or_else(|error| format!("{error:#}"), |added| format!("deployed in {}", added.seconds()));
    let is_address = context.url == format!("https://{domain}");
    let status = context.twinctl.run(&["status", ENVIRONMENT])?;
    let evidence = format!("{evidence}; `status` exits with {}", status.exit());
    let holds = added.is_ok() && is_address && status.code == Some(0);
    context.findings.record(Assumption::DomainAnswers, holds, &evidence);

    context.settings.domain = false;
    let removed = context.deploy()?;
    let left = left(context, &domain)?;
    let evidence = format!("removed in {}; left: {}", removed.seconds(), list(&left));
    context.findings.record(Assumption::DomainRemoved, left.is_empty(), &evidence);
    Ok(())
}

/// Returns what is left of a domain: its certificates and records.
fn left(context: &mut Context, domain: &str) -> Result<Vec<&'static str>> {
    let mut left = Vec::new();
    let certificates = context.aws.call("acm", "list_certificates", json!({}))?;
    let mut certificates = certificates["CertificateSummaryList"].as_array().into_iter().flatten();
    if certificates.any(|certificate| certificate["DomainName"] == domain) {
        left.push("certificate");
    }
    let zones = context.aws.call("route53", "list_hosted_zones", json!({}))?;
    for zone in zones["HostedZones"].as_array().into_iter().flatten() {
        let zone_name = text(&zone["Name"]);
        if domain.ends_with(zone_name.trim_end_matches('.')) {
            let records = json!({ "HostedZoneId": zone["Id"] });
            let records = context.aws.call("route53", "list_resource_record_sets", records)?;
            let mut records = records["ResourceRecordSets"].as_array().into_iter().flatten();
            let is_of_domain = |name: &str| name.trim_end_matches('.').ends_with(domain);
            if records.any(|record| {
                is_of_domain(&text(&record["Name"]))
                    && ["A", "AAAA", "CNAME"].contains(&text(&record["Type"]).as_str())
            }) {
                left.push("record");
            }
        }
    }
    Ok(left)
}
