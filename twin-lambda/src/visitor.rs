//! The visitor who sends a message: a hash of the address, by which the visitors of a day can be counted, and whether the
//! owner has blocked it.

use std::net::{IpAddr, Ipv6Addr};

use contract::block;
use http::HeaderMap;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::clock;
use crate::config::OriginSecrets;
use crate::session::SessionId;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The address of a visitor. It is never logged.
pub struct Visitor {
    address: String,
    salt: [u8; 32],
}

impl Visitor {
    pub fn new(headers: &HeaderMap, origin: &OriginSecrets) -> Option<Self> {
        let address = network(address(headers, origin.is_required())?);
        Some(Self { address, salt: *origin.salt() })
    }

    /// Returns a short hash of the visitor's address. It is different on each day and for each twin, so that it can neither
    /// be traced to an address nor to a visitor of another day.
    pub fn hash(&self) -> String {
        self.hash_of_day(clock::now().as_second() / (24 * 60 * 60))
    }

    fn hash_of_day(&self, day: i64) -> String {
        let mut hash = Sha256::new();
        hash.update(self.salt);
        hash.update(day.to_be_bytes());
        hash.update(&self.address);
        hex::encode(&hash.finalize()[..block::VISITOR_BYTES])
    }
}

impl std::fmt::Debug for Visitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Visitor(#{})", self.hash())
    }
}

/// Returns whether the owner's list contains the conversation or the visitor. A visitor's address is hashed like on the day
/// of the entry, so that it stays blocked on later days.
pub fn is_blocked(list: &Value, session: Option<&SessionId>, visitor: Option<&Visitor>) -> bool {
    let session = session.map(SessionId::hash);
    let is_sender = |entry: &Value| {
        let hash = entry[block::HASH].as_str();
        hash.is_some()
            && match (entry[block::DAY].as_i64(), visitor) {
                (Some(day), Some(visitor)) => {
                    [day, day.saturating_sub(1)].iter().any(|day| hash == Some(&visitor.hash_of_day(*day)))
                }
                (Some(_), None) => false,
                (None, _) => hash == session.as_deref(),
            }
    };
    list[block::ENTRIES].as_array().is_some_and(|entries| entries.iter().any(is_sender))
}

/// Returns the visitor's address. Each proxy appends the address of its client. Behind `CloudFront`, the last one is an
/// address of `CloudFront`.
fn address(headers: &HeaderMap, is_behind_cloudfront: bool) -> Option<&str> {
    // A visitor can send a list that is not ASCII.
    let parts =
        headers.get_all(FORWARDED_FOR).iter().flat_map(|list| list.as_bytes().split(|byte| *byte == b','));
    let mut addresses: Vec<_> =
        parts.map(|part| std::str::from_utf8(part).unwrap_or_default().trim()).collect();
    if is_behind_cloudfront && addresses.len() > 1 {
        addresses.pop();
    }
    addresses.pop().filter(|address| !address.is_empty())
}

/// Returns the network of an IPv6 address, whose second half its owner can change. Other addresses stay as they are.
fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => Ipv6Addr::from(u128::from(address) >> 64 << 64).to_string(),
        Ok(address) => address.to_string(),
        Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_changes_every_day() {
        let visitor = Visitor { address: "192.0.2.1".to_owned(), salt: [7; 32] };
        assert_eq!(visitor.hash_of_day(20787), visitor.hash_of_day(20787));
        assert_ne!(visitor.hash_of_day(20787), visitor.hash_of_day(20788));
    }

    #[test]
    fn an_ipv6_visitor_is_a_network() {
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(network("192.0.2.1"), "192.0.2.1");
        assert_eq!(network("unknown"), "unknown");
    }

    fn visitor(forwarded: &'static str, is_behind_cloudfront: bool) -> Option<String> {
        let headers = HeaderMap::from_iter([(
            http::HeaderName::from_static(FORWARDED_FOR),
            http::HeaderValue::from_bytes(forwarded.as_bytes()).unwrap(),
        )]);
        address(&headers, is_behind_cloudfront).map(ToOwned::to_owned)
    }

    #[test]
    fn the_address_is_that_which_the_first_trusted_proxy_appended() {
        assert_eq!(visitor("6.6.6.6, 192.0.2.1, 130.176.0.1", true).as_deref(), Some("192.0.2.1"));
        assert_eq!(visitor("192.0.2.1", true).as_deref(), Some("192.0.2.1"));
        assert_eq!(visitor("6.6.6.6, 192.0.2.1", false).as_deref(), Some("192.0.2.1"));
        assert_eq!(visitor("é, 192.0.2.1, 130.176.0.1", true).as_deref(), Some("192.0.2.1"));
        assert_eq!(visitor("", false), None);
        assert_eq!(address(&HeaderMap::new(), true), None);
    }
}
