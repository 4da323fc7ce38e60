//! The nodes of a domain: its certificate, old certificates, and the hostnames.

use std::{collections::BTreeSet, sync::Arc};

use reconcile::Handle;

use super::{
    context::StackContext,
    graph_builder::{DomainNodes, GraphBuilder},
};
use crate::{
    spec::{self, Dns, Environment},
    targets::{
        Aim,
        aws::{
            Labels,
            resources::{
                Certificate, CertificateOutput, Distribution, DistributionOutput, Domain, DomainDesired,
                OldCertificate, certificate::DnsMode, domain::OtherRecords, route53::Zones,
            },
        },
        record::KnownDomain,
    },
};

const CERTIFICATE: &str = "certificate";
const OLD_CERTIFICATE: &str = "old certificate";
const DOMAIN: &str = "domain";
/// All possible nodes of a domain.
pub const DOMAIN_NODES: [&str; 3] = [CERTIFICATE, OLD_CERTIFICATE, DOMAIN];

/// The desired domain and the former ones.
pub(super) struct Domains<'e> {
    desired: Option<&'e spec::Domain>,
    former: Vec<KnownDomain>,
}

impl<'e> Domains<'e> {
    /// Returns `None` if no domain is or was configured, so that a run does not look for resources of domains.
    pub(super) fn of(environment: &'e Environment, context: &StackContext) -> Option<Self> {
        let specified = environment.domain.as_ref();
        let desired = specified.filter(|domain| !domain.destroying);
        let current = desired.map(KnownDomain::from);
        let all = context.domains.iter().cloned().chain(specified.map(KnownDomain::from));
        let former: BTreeSet<_> = all.filter(|note| Some(note) != current.as_ref()).collect();
        (desired.is_some() || !former.is_empty())
            .then(|| Self { desired, former: former.into_iter().collect() })
    }

    pub(super) fn add_nodes(
        self,
        graph: &mut GraphBuilder,
        context: &StackContext,
        labels: &Labels,
        distribution: Handle<DistributionOutput>,
    ) -> DomainNodes {
        let (dns, primary_names) = (self.dns(), self.primary_names());
        let found = context.found().distribution;
        let mut existing =
            Distribution::new(context.names.marker.clone(), labels.clone()).found_before(found.as_deref());
        if context.aim != Aim::Remove {
            existing = existing.in_front_of(&context.names.web_bucket);
        }
        let domain = self.domain(dns.clone(), existing);
        let names: Vec<String> = self.desired.map(spec::Domain::names).unwrap_or_default();
        let set = names.iter().cloned().collect();
        let old = OldCertificate::new(set, primary_names.clone(), labels.clone(), dns.clone());
        if self.desired.is_none() {
            let old = graph.add_if(false, CERTIFICATE, old, (), |()| ());
            let inputs = (old.after(), distribution.early());
            let names = graph.add_if(false, DOMAIN, domain, inputs, |((), distribution)| DomainDesired {
                certificate: CertificateOutput::none(),
                distribution,
            });
            return DomainNodes { certificate: None, names };
        }
        let certificate = Certificate::new(names, primary_names, seed(context), labels.clone(), dns);
        let certificate = graph.add(CERTIFICATE, certificate, (), |()| ());
        let old = graph.add_if(false, OLD_CERTIFICATE, old, (), |()| ());
        let inputs = (certificate, old.after(), distribution.early());
        let desired = |(certificate, (), distribution)| DomainDesired { certificate, distribution };
        let names = graph.add_if(true, DOMAIN, domain, inputs, desired);
        DomainNodes { certificate: Some(certificate), names }
    }

    fn domain(&self, dns: DnsMode, distribution: Distribution) -> Domain {
        let former = self.former.iter().filter(|note| note.dns == Dns::Route53);
        let replace = self.desired.is_some_and(|domain| domain.take_record);
        Domain {
            names: self.desired.map(spec::Domain::names).unwrap_or_default(),
            former: former.flat_map(|note| note.names.clone()).collect(),
            dns,
            other_records: if replace { OtherRecords::Replace } else { OtherRecords::Keep },
            distribution,
        }
    }

    /// Returns the primary names of all certificates that may be ours.
    fn primary_names(&self) -> BTreeSet<String> {
        let desired = self.desired.map(|domain| domain.name.to_string());
        let former = self.former.iter().filter_map(|note| note.names.first().cloned());
        former.chain(desired).collect()
    }

    /// Returns how records are written now. Without a domain, returns whether twinctl wrote any former records.
    fn dns(&self) -> DnsMode {
        let written = self.desired.map_or_else(
            || self.former.iter().any(|note| note.dns == Dns::Route53),
            |domain| domain.dns == Dns::Route53,
        );
        let zone = self.desired.and_then(|domain| domain.zone.as_ref()).map(ToString::to_string);
        if written { DnsMode::Route53(Arc::new(Zones::new(zone))) } else { DnsMode::Manual }
    }
}

/// Returns the seed of the certificate's idempotency token. It changes with each release. Otherwise ACM would treat
/// the request for a certificate that was deleted meanwhile as a repetition.
fn seed(context: &StackContext) -> String {
    let last = context.last_release.as_ref().map(|last| last.id.as_str());
    format!("{} {}", context.birth.id, last.unwrap_or_default())
}
