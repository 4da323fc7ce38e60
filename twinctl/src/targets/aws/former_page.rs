//! The distribution of another tool in front of our web bucket, which a deploy takes over together with its visitors.

use aws_sdk_cloudfront::types::{Aliases, DistributionSummary};
use reconcile::Fault;

use super::{
    Cloud,
    dns::normalize_name,
    names::Names,
    resources::cloudfront::{distributions, of_environment},
};
use crate::{
    spec::Domain,
    ui::{Diagnostic, Exit},
};

#[derive(Debug, PartialEq, Eq)]
pub(super) struct FormerPage {
    id: String,
    /// The hostnames by which visitors reach the page, CloudFront's own first.
    hosts: Vec<String>,
}

impl FormerPage {
    /// Returns the page that a deploy would take over, if there is one.
    pub(super) async fn find(cloud: &Cloud, names: &Names) -> Result<Option<Self>, Fault> {
        let comment = format!("twinctl {}", names.marker);
        let all = distributions(cloud).await?;
        let found = of_environment(&all, &comment, Some(&names.web_bucket)).into_iter().next();
        Ok(found.filter(|each| each.comment != comment).map(Self::new))
    }

    fn new(distribution: &DistributionSummary) -> Self {
        let aliases = distribution.aliases.iter().flat_map(Aliases::items).map(|name| normalize_name(name));
        let hosts = std::iter::once(distribution.domain_name.clone()).chain(aliases).collect();
        Self { id: distribution.id.clone(), hosts }
    }

    /// Describes what visitors of the page see, and when.
    pub(super) fn note(&self) -> String {
        format!(
            "the distribution {} serves the existing page at {}, and is taken over with these addresses. Visitors see the \
             existing page until CloudFront has deployed the change (usually 3 to 6 minutes), then twinctl's. Until then, \
             questions on the existing page fail, unless `api.direct_access` is true and `api.cors_origins` lists its \
             addresses. The web bucket stays public until the next deploy after that",
            self.id,
            self.hosts.join(", ")
        )
    }

    /// Fails if a hostname of the page would stop working.
    pub(super) fn check(&self, domain: Option<&Domain>) -> Result<(), Diagnostic> {
        let names = domain.map(Domain::names).unwrap_or_default();
        let lost: Vec<_> = self.hosts.iter().skip(1).filter(|host| !names.contains(host)).collect();
        if lost.is_empty() {
            return Ok(());
        }
        let message = format!(
            "nothing was changed: visitors reach the distribution {} at {}, and the environment has no such domain",
            self.id,
            lost.iter().map(|host| format!("`{host}`")).collect::<Vec<_>>().join(", ")
        );
        Err(Diagnostic::new(Exit::Failed, message)
            .hint(format!("to keep them, set `{}` in the environment file", self.setting(domain)))
            .hint("to drop it, remove it from the distribution and from your DNS first"))
    }

    /// Returns the setting with the hostnames of the page and of the environment. The shortest one becomes the name.
    fn setting(&self, domain: Option<&Domain>) -> String {
        let own = domain.into_iter().flat_map(|domain| std::iter::once(&domain.name).chain(&domain.aliases));
        let own = own.map(ToString::to_string);
        let mut all: Vec<String> = self.hosts.iter().skip(1).cloned().chain(own).collect();
        all.sort_by_key(|name| (name.matches('.').count(), name.clone()));
        all.dedup();
        match all.as_slice() {
            [name] => format!("domain: {name}"),
            [name, aliases @ ..] => format!("domain: {{name: {name}, aliases: [{}]}}", aliases.join(", ")),
            [] => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(aliases: &[&str]) -> FormerPage {
        let hosts = std::iter::once(&"d111.cloudfront.net").chain(aliases).map(ToString::to_string).collect();
        FormerPage { id: "E1".to_owned(), hosts }
    }

    #[test]
    fn a_page_whose_hostname_would_stop_working_is_not_taken_over() {
        assert!(page(&[]).check(None).is_ok());
        let refused = page(&["ada.example", "www.ada.example"]).check(None).unwrap_err();
        assert!(refused.message.contains("`ada.example`, `www.ada.example`"), "{}", refused.message);
        let all = "`domain: {name: ada.example, aliases: [www.ada.example]}`";
        assert!(refused.hints[0].contains(all), "{:?}", refused.hints);
        let refused = page(&["www.ada.example"]).check(None).unwrap_err();
        assert!(refused.hints[0].contains("`domain: www.ada.example`"), "{:?}", refused.hints);
    }
}
