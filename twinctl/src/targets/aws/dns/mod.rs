//! Public DNS, as far as a domain needs it: what the world gets to hear of a name.

mod message;
mod resolver;
#[cfg(test)]
pub(crate) mod script;

use std::{fmt, net::IpAddr};

use futures_util::future::BoxFuture;

pub use resolver::{Servers, Unasked};

/// What can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    A,
    Aaaa,
    Caa,
    Cname,
    Ns,
}

/// One record of an answer. Names are lowercase and have no dot at their end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    Address(IpAddr),
    Caa { tag: String, value: String },
    Cname(String),
    Ns(String),
}

/// Nobody answered: this machine is offline, or its name servers are in trouble.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanswered(pub String);

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whom to ask.
pub trait Resolver: fmt::Debug + Send + Sync {
    /// The records of that kind, and the aliases on the way to them; none where there is no such name.
    fn ask<'a>(&'a self, name: &'a str, kind: Kind) -> BoxFuture<'a, Result<Vec<Found>, Unanswered>>;
}

/// As names are compared: lowercase, without the dot at the end.
pub fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}
