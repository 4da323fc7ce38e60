//! Whether a name is taken: by another distribution of this account, or by a record that is not ours.

use aws_sdk_cloudfront::types::{Aliases, DistributionSummary};
use aws_sdk_route53::types::RrType;
use reconcile::Fault;

use super::Finding;
use crate::targets::aws::{
    Answer, Cloud,
    dns::plain,
    resources::route53::{ALIAS_TYPES, RecordSet},
};

#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) findings: Vec<Finding>,
    /// The names that another distribution of this account has.
    pub(super) claimed: Vec<String>,
    /// CloudFront's name of our own distribution.
    pub(super) host: Option<String>,
}

pub(super) async fn ask(cloud: &Cloud, names: &[String], marker: &str) -> Result<Taken, Fault> {
    let own = format!("twinctl {marker}");
    let mut taken = Taken::default();
    let mut next = None;
    loop {
        let page = cloud.cloudfront.list_distributions().set_marker(next.take()).send().await;
        let Some(page) = page.fault("cloudfront:ListDistributions")?.distribution_list else {
            return Ok(taken);
        };
        for each in page.items() {
            if each.comment == own {
                taken.host = Some(plain(&each.domain_name));
            } else {
                taken.note(each, names);
            }
        }
        next = page.next_marker.filter(|next| page.is_truncated && !next.is_empty());
        if next.is_none() {
            return Ok(taken);
        }
    }
}

impl Taken {
    fn note(&mut self, other: &DistributionSummary, names: &[String]) {
        let aliases: Vec<_> = other.aliases.iter().flat_map(Aliases::items).map(|name| plain(name)).collect();
        for name in names.iter().filter(|name| aliases.contains(name)) {
            let called =
                if other.comment.is_empty() { String::new() } else { format!(" ({})", other.comment) };
            self.findings.push(Finding::stops(
                format!("another distribution of this account has the name `{name}` already: {}{called}", other.id),
                format!("take the name off that one first: a name belongs to one distribution (`aws cloudfront get-distribution --id {}`)", other.id),
            ));
            self.claimed.push(name.clone());
        }
    }
}

/// What there is to say of a record at one of the names.
pub(super) fn record(record: &RecordSet, host: Option<&str>) -> Option<Finding> {
    let leads = ALIAS_TYPES.contains(record.kind()) || *record.kind() == RrType::Cname;
    if !leads || host.is_some_and(|host| record.points_to(host)) {
        return None;
    }
    let (name, kind, value) = (record.name(), record.kind(), record.value());
    Some(Finding::stops(
        format!("the record {kind} `{name}` leads to {value}, and is not ours"),
        "delete it if it is not needed, or let `--take-record` replace it",
    ))
}
