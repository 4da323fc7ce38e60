//! What is there of a domain.

use aws_sdk_route53::types::RrType;

use super::{KINDS, Pointing, attach};
use crate::targets::aws::resources::{distribution::DistributionActual, route53::RecordSet};

#[derive(Debug, Clone, PartialEq)]
pub struct DomainActual {
    pub(super) distribution: Option<DistributionActual>,
    /// At the wanted names all that could be in the way; at former ones what leads here.
    pub(super) records: Vec<RecordSet>,
    /// Every name server knows of our changes.
    pub(super) arrived: bool,
    /// Where the first name leads, for whom the owner writes the records.
    pub(super) pointing: Pointing,
}

impl DomainActual {
    pub(super) fn host(&self) -> Option<&str> {
        self.distribution.as_ref().map(|there| there.domain.as_str())
    }

    pub(super) fn ours(&self) -> impl Iterator<Item = &RecordSet> {
        let host = self.host();
        self.records.iter().filter(move |record| host.is_some_and(|host| record.points_to(host)))
    }

    pub(super) fn foreign(&self) -> impl Iterator<Item = &RecordSet> {
        let host = self.host();
        self.records.iter().filter(move |record| !host.is_some_and(|host| record.points_to(host)))
    }

    pub(super) fn is_anything_ours(&self) -> bool {
        self.distribution.as_ref().is_some_and(attach::is_named) || self.ours().next().is_some()
    }

    /// Where a name's record of that kind points; something else than `host` when it is not the plain one that is wanted.
    pub(super) fn of_kind(&self, name: &str, kind: &RrType, host: &str) -> Option<String> {
        let mut fitting = self.records.iter().filter(|record| record.name() == name && record.kind() == kind);
        let first = fitting.next()?;
        let plain = first.set.alias_target.is_some() && first.is_simple() && fitting.next().is_none();
        Some(if first.points_to(host) && !plain {
            format!("{host} (not by a plain alias)")
        } else {
            first.value()
        })
    }

    /// What has no place beside the wanted records.
    pub(super) fn superfluous<'a>(
        &'a self,
        names: &'a [String],
        host: &'a str,
    ) -> impl Iterator<Item = &'a RecordSet> {
        self.records.iter().filter(move |record| {
            let wanted = names.contains(&record.name());
            if wanted { !KINDS.contains(record.kind()) } else { record.points_to(host) }
        })
    }
}
