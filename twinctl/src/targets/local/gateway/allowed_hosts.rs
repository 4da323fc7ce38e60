//! The hostnames that the gateway accepts in requests. The check protects a local gateway from DNS rebinding: a page of
//! another site must not reach it through a hostname that resolves to this machine.

use std::net::IpAddr;

use http::{HeaderMap, Uri, header, uri::Authority};

/// The accepted values of the `Host` header.
#[derive(Debug)]
pub(super) enum AllowedHosts {
    /// Every host. The gateway listens on an address that other machines can connect to anyway.
    Any,
    /// `localhost`, loopback addresses and these hosts. The gateway listens on a loopback address.
    Only(Vec<String>),
}

impl AllowedHosts {
    pub(super) fn new(host: IpAddr, allowed: &[String]) -> Self {
        if host.is_loopback() { Self::Only(allowed.to_vec()) } else { Self::Any }
    }

    pub(super) fn contain_host(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let Self::Only(allowed) = self else {
            return true;
        };
        authority(uri, headers).is_some_and(|authority| {
            let host = authority.host();
            let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
            host.eq_ignore_ascii_case("localhost")
                || ip.is_ok_and(|ip| ip.is_loopback())
                || allowed.iter().any(|name| name.eq_ignore_ascii_case(host))
        })
    }
}

fn authority(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    let header = || headers.get(header::HOST)?.to_str().ok()?.parse().ok();
    uri.authority().cloned().or_else(header)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    fn accepts(hosts: &AllowedHosts, host: &str) -> bool {
        let headers = HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]);
        hosts.contain_host(&Uri::from_static("/"), &headers)
    }

    #[test]
    fn a_loopback_gateway_accepts_only_listed_hosts() {
        let hosts = AllowedHosts::new(Ipv4Addr::LOCALHOST.into(), &["twin.home".to_owned()]);
        for host in ["localhost", "LocalHost:8080", "127.0.0.1:1", "[::1]:8080", "[::1]", "twin.home:80"] {
            assert!(accepts(&hosts, host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "192.168.0.2", "", "localhost@evil.example"] {
            assert!(!accepts(&hosts, host), "{host}");
        }
        assert!(!hosts.contain_host(&Uri::from_static("/"), &HeaderMap::new()));
        let absolute = Uri::from_static("http://evil.example/");
        let localhost = HeaderMap::from_iter([(header::HOST, "localhost".parse().unwrap())]);
        assert!(!hosts.contain_host(&absolute, &localhost));
        assert!(!accepts(&AllowedHosts::new(Ipv6Addr::LOCALHOST.into(), &[]), "twin.home"));
    }

    #[test]
    fn a_public_gateway_accepts_every_host() {
        assert!(accepts(&AllowedHosts::new(Ipv4Addr::UNSPECIFIED.into(), &[]), "my-server.lan:8080"));
    }
}
