//! The address of a visitor, by which connections and requests are limited.

use std::net::{IpAddr, Ipv6Addr};

use http::{HeaderMap, HeaderName};

pub(super) const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The addresses that count as one visitor: an IPv4 address, or an IPv6 /64 network, which often is one household.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Network(IpAddr);

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into())
            }
            address @ IpAddr::V4(_) => Self(address),
        }
    }
}

/// Returns the visitor's address. Reads `X-Forwarded-For` from its end, as long as a trusted proxy has added the entry.
pub(super) fn address(client: IpAddr, trusted_proxies: &[IpAddr], headers: &HeaderMap) -> IpAddr {
    let values = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
    let reported: Vec<&str> = values.flat_map(|value| value.split(',')).collect();
    let mut visitor = client.to_canonical();
    for address in reported.into_iter().rev() {
        if !is_trusted(visitor, trusted_proxies) {
            break;
        }
        let Some(address) = parse(address.trim()) else { break };
        visitor = address;
    }
    visitor
}

pub(super) fn is_trusted(address: IpAddr, trusted_proxies: &[IpAddr]) -> bool {
    trusted_proxies.iter().any(|proxy| proxy.to_canonical() == address.to_canonical())
}

/// Parses an address. Some proxies add the port.
fn parse(text: &str) -> Option<IpAddr> {
    let address =
        text.parse::<IpAddr>().or_else(|_| text.parse().map(|socket: std::net::SocketAddr| socket.ip()));
    address.map(|address| address.to_canonical()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visitor(client: &str, forwarded_for: &[&str]) -> String {
        let trusted = ["127.0.0.1", "10.0.0.1"].map(|proxy| proxy.parse().unwrap());
        let mut headers = HeaderMap::new();
        for value in forwarded_for {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        address(client.parse().unwrap(), &trusted, &headers).to_string()
    }

    #[test]
    fn only_trusted_proxies_report_visitors() {
        for (client, forwarded_for, expected) in [
            ("192.0.2.1", &["203.0.113.9"][..], "192.0.2.1"),
            ("127.0.0.1", &[], "127.0.0.1"),
            ("127.0.0.1", &["203.0.113.9"], "203.0.113.9"),
            ("::ffff:127.0.0.1", &["203.0.113.9:4711"], "203.0.113.9"),
            // The visitor sent the first address.
            ("127.0.0.1", &["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
            ("127.0.0.1", &["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
            ("127.0.0.1", &["198.51.100.1, 203.0.113.9, 10.0.0.1"], "203.0.113.9"),
            ("127.0.0.1", &["2001:db8::1"], "2001:db8::1"),
            ("127.0.0.1", &["203.0.113.9, unknown"], "127.0.0.1"),
            ("127.0.0.1", &["10.0.0.1, 127.0.0.1"], "10.0.0.1"),
        ] {
            assert_eq!(visitor(client, forwarded_for), expected, "{client} {forwarded_for:?}");
        }
    }

    #[test]
    fn an_ipv6_network_is_one_visitor() {
        let network = |address: &str| Network::from(address.parse::<IpAddr>().unwrap());
        assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:1"));
        assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
    }
}
