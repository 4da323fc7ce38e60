//! What the bench asks of a deploy tool.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use clap::ValueEnum;
use serde::Serialize;

use super::site::Site;

/// What is measured, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    /// Nothing is there yet.
    Fresh,
    /// Nothing to change.
    Unchanged,
    /// The function's code and one page.
    Changed,
    Destroy,
    /// The same with a domain: what would be made, and what is in the way.
    DomainPlanned,
    DomainMade,
    /// Nothing to change.
    DomainUnchanged,
    DomainDestroyed,
}

impl Step {
    pub(super) fn is_of_a_domain(self) -> bool {
        matches!(self, Self::DomainPlanned | Self::DomainMade | Self::DomainUnchanged | Self::DomainDestroyed)
    }
}

pub(super) trait Contender {
    /// As the table's heading has it.
    fn name(&self) -> &'static str;

    /// What a reader of its figures has to know.
    fn note(&self) -> Option<&'static str>;

    /// What has to be done once in a new site, and is not measured.
    fn prepare(&self, site: &Site) -> Result<()>;

    fn command(&self, step: Step, site: &Site) -> Command;

    /// Whether its stack can have a domain.
    fn has_domains(&self) -> bool;

    /// The shortest thing that it can do.
    fn help(&self) -> Command;

    /// Every file that has to be there before it can work.
    fn files(&self) -> Vec<&Path>;
}
