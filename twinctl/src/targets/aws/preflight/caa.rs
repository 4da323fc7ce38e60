//! Whether the domain lets Amazon issue certificates: CAA records, the nearest ones up the tree.

use futures_util::future::join_all;

use super::Finding;
use crate::targets::aws::dns::{Found, Kind, Resolver};

const AMAZON: [&str; 4] = ["amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"];

pub(super) async fn ask(dns: &dyn Resolver, name: &str) -> Option<Finding> {
    let levels: Vec<&str> =
        std::iter::successors(Some(name), |level| Some(level.split_once('.')?.1)).collect();
    let told = join_all(levels.iter().map(|level| dns.ask(level, Kind::Caa))).await;
    for (level, told) in levels.into_iter().zip(told) {
        let issuers = match told {
            Ok(told) => issuers(told),
            Err(unanswered) => return Some(Finding::skipped(unanswered)),
        };
        match issuers {
            None => {}
            Some(issuers) if allows(&issuers) => return None,
            Some(issuers) => return Some(refusal(level, &issuers)),
        }
    }
    None
}

/// What the records say; `None` where there are none, and the next level up decides.
fn issuers(told: Vec<Found>) -> Option<Vec<String>> {
    let records = told.into_iter().filter_map(|found| match found {
        Found::Caa { tag, value } => Some((tag, value)),
        _ => None,
    });
    let records: Vec<_> = records.collect();
    let issue = records.iter().filter(|(tag, _)| tag == "issue");
    let issuer = |value: &str| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    (!records.is_empty()).then(|| issue.map(|(_, value)| issuer(value)).collect())
}

/// Records that name no issuer are about something else.
fn allows(issuers: &[String]) -> bool {
    issuers.is_empty() || issuers.iter().any(|issuer| AMAZON.contains(&issuer.as_str()))
}

fn refusal(level: &str, issuers: &[String]) -> Finding {
    let named: Vec<_> = issuers.iter().filter(|issuer| !issuer.is_empty()).map(String::as_str).collect();
    let only = if named.is_empty() { "nobody".to_owned() } else { format!("only {}", named.join(", ")) };
    Finding::stops(
        format!("the CAA records of `{level}` let {only} issue certificates, and not Amazon"),
        format!("add a CAA record to `{level}`: 0 issue \"amazon.com\""),
    )
}
