//! The nodes of a domain: its certificate, those of before, and the names themselves.

use std::{collections::BTreeSet, sync::Arc};

use reconcile::Handle;

use super::{Drawing, Given};
use crate::{
    spec::{self, Dns, Environment},
    targets::{
        aws::{
            Labels,
            resources::{
                Certificate, CertificateOutput, Distribution, DistributionOutput, Domain, DomainDesired,
                DomainOutput, OldCertificate, certificate::DnsMode, domain::OtherRecords, route53::Zones,
            },
        },
        record::DomainNote,
    },
};

const CERTIFICATE: &str = "certificate";
const OLD_CERTIFICATE: &str = "old certificate";
const DOMAIN: &str = "domain";
/// All that there can be.
pub const DOMAIN_NODES: [&str; 3] = [CERTIFICATE, OLD_CERTIFICATE, DOMAIN];

/// The nodes whose outputs the commands ask for.
#[derive(Debug, Clone, Copy)]
pub struct DomainNodes {
    /// None where no domain is wanted.
    pub certificate: Option<Handle<CertificateOutput>>,
    pub names: Handle<Option<DomainOutput>>,
}

/// The domain that is wanted, and those that were.
pub(super) struct Wish<'e> {
    wanted: Option<&'e spec::Domain>,
    former: Vec<DomainNote>,
}

impl<'e> Wish<'e> {
    /// Nothing, where none is wanted and none ever was: then nobody has to look for one.
    pub(super) fn of(environment: &'e Environment, given: &Given) -> Option<Self> {
        let asked = environment.domain.as_ref();
        let wanted = asked.filter(|domain| !domain.leaving);
        let now = wanted.map(DomainNote::from);
        let all = given.domains.iter().cloned().chain(asked.map(DomainNote::from));
        let former: BTreeSet<_> = all.filter(|note| Some(note) != now.as_ref()).collect();
        (wanted.is_some() || !former.is_empty())
            .then(|| Self { wanted, former: former.into_iter().collect() })
    }

    pub(super) fn add(
        self,
        graph: &mut Drawing,
        given: &Given,
        labels: &Labels,
        distribution: Handle<DistributionOutput>,
    ) -> DomainNodes {
        let (dns, primary_names) = (self.dns(), self.primary_names());
        let found = given.found().distribution;
        let there =
            Distribution::new(given.names.marker.clone(), labels.clone()).found_before(found.as_deref());
        let domain = self.domain(dns.clone(), there);
        let names: Vec<String> = self.wanted.map(spec::Domain::names).unwrap_or_default();
        let set = names.iter().cloned().collect();
        let old = OldCertificate::new(set, primary_names.clone(), labels.clone(), dns.clone());
        if self.wanted.is_none() {
            let old = graph.add_if(false, CERTIFICATE, old, (), |()| ());
            let inputs = (old.after(), distribution.early());
            let names = graph.add_if(false, DOMAIN, domain, inputs, |((), distribution)| DomainDesired {
                certificate: CertificateOutput::none(),
                distribution,
            });
            return DomainNodes { certificate: None, names };
        }
        let certificate = Certificate::new(names, primary_names, seed(given), labels.clone(), dns);
        let certificate = graph.add(CERTIFICATE, certificate, (), |()| ());
        let old = graph.add_if(false, OLD_CERTIFICATE, old, (), |()| ());
        let inputs = (certificate, old.after(), distribution.early());
        let desired = |(certificate, (), distribution)| DomainDesired { certificate, distribution };
        let names = graph.add_if(true, DOMAIN, domain, inputs, desired);
        DomainNodes { certificate: Some(certificate), names }
    }

    fn domain(&self, dns: DnsMode, distribution: Distribution) -> Domain {
        let former = self.former.iter().filter(|note| note.dns == Dns::Route53);
        let replace = self.wanted.is_some_and(|domain| domain.take_record);
        Domain {
            names: self.wanted.map(spec::Domain::names).unwrap_or_default(),
            former: former.flat_map(|note| note.names.clone()).collect(),
            dns,
            other_records: if replace { OtherRecords::Replace } else { OtherRecords::Keep },
            distribution,
        }
    }

    /// Returns the primary names of all certificates that may be ours.
    fn primary_names(&self) -> BTreeSet<String> {
        let wanted = self.wanted.map(|domain| domain.name.to_string());
        let former = self.former.iter().filter_map(|note| note.names.first().cloned());
        former.chain(wanted).collect()
    }

    /// Returns how records are written now. Without a domain, returns whether twinctl wrote any former records.
    fn dns(&self) -> DnsMode {
        let written = self.wanted.map_or_else(
            || self.former.iter().any(|note| note.dns == Dns::Route53),
            |domain| domain.dns == Dns::Route53,
        );
        let zone = self.wanted.and_then(|domain| domain.zone.as_ref()).map(ToString::to_string);
        if written { DnsMode::Route53(Arc::new(Zones::new(zone))) } else { DnsMode::Manual }
    }
}

/// Another one after each release: what was taken away and is asked for again is no repetition.
fn seed(given: &Given) -> String {
    let last = given.last_release.as_ref().map(|last| last.id.as_str());
    format!("{} {}", given.birth.id, last.unwrap_or_default())
}
