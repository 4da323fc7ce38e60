//! Whether public DNS leads a name to a distribution of somebody: perhaps of another account, whose name it then is.

use super::Finding;
use crate::targets::aws::dns::{Found, Kind, Resolver};

const CLOUDFRONT: &str = ".cloudfront.net";

#[derive(Debug)]
pub(super) struct Lead {
    pub(super) name: String,
    pub(super) host: String,
}

pub(super) async fn ask(dns: &dyn Resolver, name: &str) -> Option<Lead> {
    let told = dns.ask(name, Kind::Cname).await.ok()?;
    let host = told.into_iter().find_map(|found| match found {
        Found::Cname(host) if host.ends_with(CLOUDFRONT) => Some(host),
        _ => None,
    })?;
    Some(Lead { name: name.to_owned(), host })
}

impl Lead {
    pub(super) fn finding(&self) -> Finding {
        let Self { name, host } = self;
        Finding::warns(
            format!(
                "public DNS leads `{name}` to the distribution {host}, which is not this one; if it is another account's, CloudFront will refuse the name"
            ),
            format!("take the name off the distribution behind {host} first, or ask AWS Support to move it"),
        )
    }
}
