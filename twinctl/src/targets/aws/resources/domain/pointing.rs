//! Where public DNS leads whoever asks for a name.

use std::{collections::BTreeSet, net::IpAddr};

use crate::targets::aws::dns::{Found, Kind, Resolver};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pointing {
    /// To the distribution; or nobody has to ask, because the records are ours.
    Here,
    Nowhere,
    Elsewhere(String),
    /// Nobody answered.
    Unknown,
}

impl Pointing {
    /// Whom nobody can ask is believed.
    pub(crate) fn leads_here(&self) -> bool {
        matches!(self, Self::Here | Self::Unknown)
    }
}

/// By an alias, or by the addresses that a name server put in its place.
pub(crate) async fn pointing(dns: &dyn Resolver, name: &str, host: &str) -> Pointing {
    let (there, here) = tokio::join!(dns.ask(name, Kind::A), dns.ask(host, Kind::A));
    let (Ok(there), Ok(here)) = (there, here) else { return Pointing::Unknown };
    if there.contains(&Found::Cname(host.to_owned())) {
        return Pointing::Here;
    }
    let alias = there.iter().rev().find_map(|found| match found {
        Found::Cname(alias) => Some(alias.clone()),
        _ => None,
    });
    let (shown, ours) = (addresses(&there), addresses(&here));
    match (alias, shown.first()) {
        _ if shown.iter().any(|address| ours.contains(address)) => Pointing::Here,
        (Some(alias), _) => Pointing::Elsewhere(alias),
        (None, Some(address)) => Pointing::Elsewhere(address.to_string()),
        (None, None) => Pointing::Nowhere,
    }
}

fn addresses(found: &[Found]) -> BTreeSet<IpAddr> {
    let address = |found: &Found| match found {
        Found::Address(address) => Some(*address),
        _ => None,
    };
    found.iter().filter_map(address).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::aws::dns::script::Names;

    const HOST: &str = "d1.cloudfront.net";

    #[tokio::test]
    async fn a_name_leads_here_by_an_alias_or_by_the_same_addresses() {
        let address = |last| Found::Address([192, 0, 2, last].into());
        let alias = |host: &str| Found::Cname(host.to_owned());
        let table = [
            (vec![alias(HOST), address(1)], Pointing::Here),
            (vec![address(2)], Pointing::Here),
            (vec![address(9)], Pointing::Elsewhere("192.0.2.9".to_owned())),
            (
                vec![alias("d2.cloudfront.net"), address(9)],
                Pointing::Elsewhere("d2.cloudfront.net".to_owned()),
            ),
            (vec![], Pointing::Nowhere),
        ];
        for (found, expected) in table {
            let dns = Names::online().with(HOST, Kind::A, [address(1), address(2)]).with(
                "ada.example",
                Kind::A,
                found,
            );
            assert_eq!(pointing(&dns, "ada.example", HOST).await, expected);
        }
        assert_eq!(pointing(&Names::default(), "ada.example", HOST).await, Pointing::Unknown);
    }
}
