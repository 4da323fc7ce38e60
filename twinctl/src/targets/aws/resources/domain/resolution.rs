//! Resolves a hostname in public DNS.

use std::{collections::BTreeSet, net::IpAddr};

use crate::targets::aws::dns::{DnsRecord, RecordType, Resolver};

/// The result of a resolution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// The name resolves to the distribution, or was not resolved because twinctl writes the records.
    Here,
    Nowhere,
    Elsewhere(String),
    /// The name servers did not respond.
    Unknown,
}

impl Resolution {
    /// Returns whether visitors can be assumed to reach the distribution. An unknown resolution counts as correct.
    pub(crate) fn is_here(&self) -> bool {
        matches!(self, Self::Here | Self::Unknown)
    }
}

/// Compares where `name` and `host` resolve to. The name can have an alias to the host, or the host's addresses if
/// its DNS provider flattens aliases.
pub(crate) async fn resolve(dns: &dyn Resolver, name: &str, host: &str) -> Resolution {
    let (found, host_found) = tokio::join!(dns.lookup(name, RecordType::A), dns.lookup(host, RecordType::A));
    let (Ok(found), Ok(host_found)) = (found, host_found) else { return Resolution::Unknown };
    if found.contains(&DnsRecord::Cname(host.to_owned())) {
        return Resolution::Here;
    }
    let alias = found.iter().rev().find_map(|found| match found {
        DnsRecord::Cname(alias) => Some(alias.clone()),
        _ => None,
    });
    let (addresses, host_addresses) = (addresses(&found), addresses(&host_found));
    match (alias, addresses.first()) {
        _ if addresses.iter().any(|address| host_addresses.contains(address)) => Resolution::Here,
        (Some(alias), _) => Resolution::Elsewhere(alias),
        (None, Some(address)) => Resolution::Elsewhere(address.to_string()),
        (None, None) => Resolution::Nowhere,
    }
}

fn addresses(found: &[DnsRecord]) -> BTreeSet<IpAddr> {
    let address = |found: &DnsRecord| match found {
        DnsRecord::Address(address) => Some(*address),
        _ => None,
    };
    found.iter().filter_map(address).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::aws::dns::script::ScriptedDns;

    const HOST: &str = "d1.cloudfront.net";

    #[tokio::test]
    async fn an_alias_or_a_shared_address_resolves_to_the_host() {
        let address = |last| DnsRecord::Address([192, 0, 2, last].into());
        let alias = |host: &str| DnsRecord::Cname(host.to_owned());
        let table = [
            (vec![alias(HOST), address(1)], Resolution::Here),
            (vec![address(2)], Resolution::Here),
            (vec![address(9)], Resolution::Elsewhere("192.0.2.9".to_owned())),
            (
                vec![alias("d2.cloudfront.net"), address(9)],
                Resolution::Elsewhere("d2.cloudfront.net".to_owned()),
            ),
            (vec![], Resolution::Nowhere),
        ];
        for (found, expected) in table {
            let dns = ScriptedDns::online().with(HOST, RecordType::A, [address(1), address(2)]).with(
                "ada.example",
                RecordType::A,
                found,
            );
            assert_eq!(resolve(&dns, "ada.example", HOST).await, expected);
        }
        assert_eq!(resolve(&ScriptedDns::default(), "ada.example", HOST).await, Resolution::Unknown);
    }
}
