//! The actual state of a domain.

use aws_sdk_route53::types::RrType;

use super::{Resolution, aliases};
use crate::targets::aws::resources::{
    distribution::DistributionActual,
    route53::{ALIAS_TYPES, RecordSet},
};

#[derive(Debug, Clone, PartialEq)]
pub struct DomainActual {
    pub(super) distribution: Option<DistributionActual>,
    /// All alias and CNAME records of the desired names, and the records of former names that point to the distribution.
    pub(super) records: Vec<RecordSet>,
    /// All our changes have reached all name servers.
    pub(super) propagated: bool,
    /// Where public DNS resolves the primary name. Only used in manual mode.
    pub(super) resolution: Resolution,
}

impl DomainActual {
    pub(super) fn host(&self) -> Option<&str> {
        self.distribution.as_ref().map(|distribution| distribution.domain.as_str())
    }

    pub(super) fn ours(&self) -> impl Iterator<Item = &RecordSet> {
        let host = self.host();
        self.records.iter().filter(move |record| host.is_some_and(|host| record.points_to(host)))
    }

    pub(super) fn others(&self) -> impl Iterator<Item = &RecordSet> {
        let host = self.host();
        self.records.iter().filter(move |record| !host.is_some_and(|host| record.points_to(host)))
    }

    pub(super) fn has_ours(&self) -> bool {
        self.distribution.as_ref().is_some_and(aliases::has_any) || self.ours().next().is_some()
    }

    /// Returns the target of a name's record of this type. It differs from `host` unless the record is a simple alias.
    pub(super) fn target(&self, name: &str, kind: &RrType, host: &str) -> Option<String> {
        let mut fitting = self.records.iter().filter(|record| record.name() == name && record.kind() == kind);
        let first = fitting.next()?;
        let is_simple_alias =
            first.set.alias_target.is_some() && first.is_simple() && fitting.next().is_none();
        Some(if first.points_to(host) && !is_simple_alias {
            format!("{host} (not a simple alias)")
        } else {
            first.value()
        })
    }

    /// Returns the records that must be deleted: those that conflict with the desired ones, and those of former names.
    pub(super) fn superfluous<'a>(
        &'a self,
        names: &'a [String],
        host: &'a str,
    ) -> impl Iterator<Item = &'a RecordSet> {
        self.records.iter().filter(move |record| {
            let wanted = names.contains(&record.name());
            if wanted { !ALIAS_TYPES.contains(record.kind()) } else { record.points_to(host) }
        })
    }
}
