//! Finds names whose public DNS record points to a CloudFront distribution, possibly of another account. A name can
//! belong to only one distribution.

use super::Finding;
use crate::targets::aws::dns::{DnsRecord, RecordType, Resolver};

const CLOUDFRONT: &str = ".cloudfront.net";

#[derive(Debug)]
pub(super) struct PublicAlias {
    pub(super) name: String,
    pub(super) host: String,
}

pub(super) async fn find(dns: &dyn Resolver, name: &str) -> Option<PublicAlias> {
    let records = dns.lookup(name, RecordType::Cname).await.ok()?;
    let host = records.into_iter().find_map(|record| match record {
        DnsRecord::Cname(host) if host.ends_with(CLOUDFRONT) => Some(host),
        _ => None,
    })?;
    Some(PublicAlias { name: name.to_owned(), host })
}

impl PublicAlias {
    pub(super) fn finding(&self) -> Finding {
        let Self { name, host } = self;
        Finding::warning(
            format!(
                "`{name}` points to {host} in public DNS, which is another distribution; if that belongs to another AWS account, CloudFront will reject the name"
            ),
            format!("remove the name from the distribution {host}, or ask AWS Support to move it"),
        )
    }
}
