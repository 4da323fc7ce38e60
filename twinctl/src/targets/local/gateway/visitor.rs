//! By which name a visitor came: a page elsewhere must not reach a door that is this machine's alone.

use std::net::IpAddr;

use http::{HeaderMap, Uri, header, uri::Authority};

/// Names by which the door is asked for.
#[derive(Debug)]
pub(super) enum Names {
    /// Others can reach the door anyway.
    Any,
    /// Only this machine can. A browser on it can be made to ask for us by a name of somebody else's.
    Own(Vec<String>),
}

impl Names {
    pub(super) fn new(host: IpAddr, allowed: &[String]) -> Self {
        if host.is_loopback() { Self::Own(allowed.to_vec()) } else { Self::Any }
    }

    pub(super) fn accept(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let Self::Own(allowed) = self else {
            return true;
        };
        named(uri, headers).is_some_and(|authority| {
            let host = authority.host();
            let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
            host.eq_ignore_ascii_case("localhost")
                || ip.is_ok_and(|ip| ip.is_loopback())
                || allowed.iter().any(|name| name.eq_ignore_ascii_case(host))
        })
    }
}

fn named(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    let header = || headers.get(header::HOST)?.to_str().ok()?.parse().ok();
    uri.authority().cloned().or_else(header)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    fn accepts(names: &Names, host: &str) -> bool {
        let headers = HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]);
        names.accept(&Uri::from_static("/"), &headers)
    }

    #[test]
    fn on_loopback_only_own_names_will_do() {
        let names = Names::new(Ipv4Addr::LOCALHOST.into(), &["twin.home".to_owned()]);
        for host in ["localhost", "LocalHost:8080", "127.0.0.1:1", "[::1]:8080", "[::1]", "twin.home:80"] {
            assert!(accepts(&names, host), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "192.168.0.2", "", "localhost@evil.example"] {
            assert!(!accepts(&names, host), "{host}");
        }
        assert!(!names.accept(&Uri::from_static("/"), &HeaderMap::new()));
        let absolute = Uri::from_static("http://evil.example/");
        let localhost = HeaderMap::from_iter([(header::HOST, "localhost".parse().unwrap())]);
        assert!(!names.accept(&absolute, &localhost));
        assert!(!accepts(&Names::new(Ipv6Addr::LOCALHOST.into(), &[]), "twin.home"));
    }

    #[test]
    fn where_others_can_reach_it_any_name_will_do() {
        assert!(accepts(&Names::new(Ipv4Addr::UNSPECIFIED.into(), &[]), "my-server.lan:8080"));
    }
}
