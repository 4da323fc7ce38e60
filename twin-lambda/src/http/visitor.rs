//! A hash of the visitor's address, by which the visitors of a day can be counted.

use data_encoding::HEXLOWER;
use http::HeaderMap;
use sha2::{Digest, Sha256};

use crate::clock;
use crate::config::OriginSecrets;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// Returns a short hash of the visitor's address. It is different on each day and for each twin, so that it can neither be
/// traced to an address nor to a visitor of another day.
pub(super) fn hash(headers: &HeaderMap, origin: &OriginSecrets) -> Option<String> {
    let address = address(headers, origin.is_required())?;
    let day = clock::now().as_second() / (24 * 60 * 60);
    let mut hash = Sha256::new();
    hash.update(origin.salt());
    hash.update(day.to_be_bytes());
    hash.update(address);
    Some(HEXLOWER.encode(&hash.finalize()[..4]))
}

/// Returns the visitor's address. Each proxy appends the address of its client. Behind `CloudFront`, the last one is an
/// address of `CloudFront`.
fn address(headers: &HeaderMap, is_behind_cloudfront: bool) -> Option<&str> {
    let lists = headers.get_all(FORWARDED_FOR).iter().filter_map(|value| value.to_str().ok());
    let mut addresses: Vec<_> = lists.flat_map(|list| list.split(',')).map(str::trim).collect();
    if is_behind_cloudfront && addresses.len() > 1 {
        addresses.pop();
    }
    addresses.pop().filter(|address| !address.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visitor(forwarded: &'static str, is_behind_cloudfront: bool) -> Option<String> {
        let headers = HeaderMap::from_iter([(
            http::HeaderName::from_static(FORWARDED_FOR),
            forwarded.parse().unwrap(),
        )]);
        address(&headers, is_behind_cloudfront).map(ToOwned::to_owned)
    }

    #[test]
    fn the_address_is_that_which_the_first_trusted_proxy_appended() {
        assert_eq!(visitor("6.6.6.6, 192.0.2.1, 130.176.0.1", true).as_deref(), Some("192.0.2.1"));
        assert_eq!(visitor("192.0.2.1", true).as_deref(), Some("192.0.2.1"));
        assert_eq!(visitor("6.6.6.6, 192.0.2.1", false).as_deref(), Some("192.0.2.1"));
        assert_eq!(visitor("", false), None);
        assert_eq!(address(&HeaderMap::new(), true), None);
    }
}
