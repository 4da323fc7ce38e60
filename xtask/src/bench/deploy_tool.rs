//! A deploy tool and the measured steps.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use clap::ValueEnum;
use serde::Serialize;

use super::site::Site;

/// The measured steps, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(super) enum Step {
    /// Nothing exists yet.
    Fresh,
    /// Nothing to change.
    Unchanged,
    /// The function's code and one page have changed.
    Changed,
    Destroy,
    /// A plan that adds a domain, with its preflight checks.
    DomainPlanned,
    DomainCreated,
    /// Nothing to change.
    DomainUnchanged,
    DomainDestroyed,
}

impl Step {
    pub(super) fn needs_domain(self) -> bool {
        matches!(
            self,
            Self::DomainPlanned | Self::DomainCreated | Self::DomainUnchanged | Self::DomainDestroyed
        )
    }
}

pub(super) trait DeployTool {
    /// The heading of its column.
    fn name(&self) -> &'static str;

    /// A footnote about its results.
    fn note(&self) -> Option<&'static str> {
        None
    }

    /// Prepares a new site. Not measured.
    fn prepare(&self, _: &Site) -> Result<()> {
        Ok(())
    }

    fn command(&self, step: Step, site: &Site) -> Command;

    /// Whether its stack supports a domain.
    fn supports_domains(&self) -> bool;

    /// The command that prints its help.
    fn help(&self) -> Command;

    /// All files and folders of its installation.
    fn files(&self) -> Vec<&Path>;
}
