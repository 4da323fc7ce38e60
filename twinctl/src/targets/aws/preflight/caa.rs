//! Checks that CAA records allow Amazon to issue certificates. The nearest records apply: those of the name itself or
//! of its closest parent domain.

use futures_util::future::join_all;

use super::Finding;
use crate::targets::aws::dns::{DnsRecord, RecordType, Resolver};

const AMAZON: [&str; 4] = ["amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"];

pub(super) async fn check(dns: &dyn Resolver, name: &str) -> Option<Finding> {
    let levels: Vec<&str> =
        std::iter::successors(Some(name), |level| Some(level.split_once('.')?.1)).collect();
    let responses = join_all(levels.iter().map(|level| dns.lookup(level, RecordType::Caa))).await;
    for (level, response) in levels.into_iter().zip(responses) {
        let issuers = match response {
            Ok(records) => issuers(records),
            Err(error) => return Some(Finding::skipped(error)),
        };
        match issuers {
            None => {}
            Some(issuers) if allows(&issuers) => return None,
            Some(issuers) => return Some(not_allowed(level, &issuers)),
        }
    }
    None
}

/// Returns the issuers in the CAA records. Returns `None` if there are no CAA records, so that the parent domain
/// decides.
fn issuers(records: Vec<DnsRecord>) -> Option<Vec<String>> {
    let records = records.into_iter().filter_map(|record| match record {
        DnsRecord::Caa { tag, value } => Some((tag, value)),
        _ => None,
    });
    let records: Vec<_> = records.collect();
    let issue = records.iter().filter(|(tag, _)| tag == "issue");
    let issuer = |value: &str| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    (!records.is_empty()).then(|| issue.map(|(_, value)| issuer(value)).collect())
}

/// Records without an `issue` tag, for example with only `iodef`, do not restrict issuers.
fn allows(issuers: &[String]) -> bool {
    issuers.is_empty() || issuers.iter().any(|issuer| AMAZON.contains(&issuer.as_str()))
}

fn not_allowed(level: &str, issuers: &[String]) -> Finding {
    let named: Vec<_> = issuers.iter().filter(|issuer| !issuer.is_empty()).map(String::as_str).collect();
    let allowed = if named.is_empty() {
        "allow no issuer".to_owned()
    } else {
        format!("only allow {}", named.join(", "))
    };
    Finding::error(
        format!("the CAA records of `{level}` {allowed}, so Amazon cannot issue certificates"),
        format!("add a CAA record to `{level}`: 0 issue \"amazon.com\""),
    )
}
