//! Lookups in public DNS, to check the records of a domain.

mod message;
mod resolver;
#[cfg(test)]
pub(crate) mod script;

use std::{fmt, net::IpAddr};

use futures_util::future::BoxFuture;

pub use resolver::{NameServers, NoResolver};

/// A type of record that can be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordType {
    A,
    Aaaa,
    Caa,
    Cname,
    Ns,
}

/// A record in a response. Names are normalized, see [`normalize_name`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DnsRecord {
    Address(IpAddr),
    Caa { tag: String, value: String },
    Cname(String),
    Ns(String),
}

/// No name server gave a usable response, for example because this machine is offline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LookupError(pub String);

/// A source of DNS records.
pub trait Resolver: fmt::Debug + Send + Sync {
    /// Returns the records of a type and the aliases that lead to them, or no records if the name does not exist.
    fn lookup<'a>(
        &'a self,
        name: &'a str,
        record_type: RecordType,
    ) -> BoxFuture<'a, Result<Vec<DnsRecord>, LookupError>>;
}

/// Returns a name in lowercase and without the trailing dot, so that names can be compared.
pub fn normalize_name(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}
