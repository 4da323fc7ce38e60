//! Finds names that another distribution of this account uses, or that have a DNS record not written by twinctl.

use aws_sdk_cloudfront::types::{Aliases, DistributionSummary};
use aws_sdk_route53::types::RrType;
use reconcile::Fault;

use super::Finding;
use crate::targets::aws::{
    Cloud,
    dns::normalize_name,
    resources::{
        cloudfront::{distributions, of_environment},
        route53::{ALIAS_TYPES, RecordSet},
    },
};

#[derive(Debug, Default)]
pub(super) struct Conflicts {
    pub(super) findings: Vec<Finding>,
    /// The names that another distribution of this account uses.
    pub(super) names: Vec<String>,
    /// The CloudFront hostname of our distribution.
    pub(super) host: Option<String>,
}

pub(super) async fn find(
    cloud: &Cloud,
    names: &[String],
    marker: &str,
    web_bucket: &str,
) -> Result<Conflicts, Fault> {
    let our_comment = format!("twinctl {marker}");
    let mut conflicts = Conflicts::default();
    let all = distributions(cloud).await?;
    let ours = of_environment(&all, &our_comment, Some(web_bucket));
    for each in &all {
        if ours.iter().any(|our| our.id == each.id) {
            conflicts.host = Some(normalize_name(&each.domain_name));
        } else {
            conflicts.add(each, names);
        }
    }
    Ok(conflicts)
}

impl Conflicts {
    fn add(&mut self, other: &DistributionSummary, names: &[String]) {
        let aliases: Vec<_> =
            other.aliases.iter().flat_map(Aliases::items).map(|name| normalize_name(name)).collect();
        for name in names.iter().filter(|name| aliases.contains(name)) {
            let comment =
                if other.comment.is_empty() { String::new() } else { format!(" ({})", other.comment) };
            self.findings.push(Finding::error(
                format!("`{name}` already belongs to another distribution of this account: {}{comment}", other.id),
                format!("remove the name from that distribution, because a name can belong to only one (see `aws cloudfront get-distribution --id {}`)", other.id),
            ));
            self.names.push(name.clone());
        }
    }
}

/// Returns an error if a record at one of the names points somewhere else than to our distribution.
pub(super) fn record(record: &RecordSet, host: Option<&str>) -> Option<Finding> {
    let has_target = ALIAS_TYPES.contains(record.kind()) || *record.kind() == RrType::Cname;
    if !has_target || host.is_some_and(|host| record.points_to(host)) {
        return None;
    }
    let (name, kind, value) = (record.name(), record.kind(), record.value());
    Some(Finding::error(
        format!("the {kind} record `{name}` points to {value} and is not managed by twinctl"),
        "delete the record if it is not needed, or replace it with `--take-record`",
    ))
}
