//! twinctl as a contender.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use xtask::workspace;

use super::contender::{Contender, Step};
use super::site::Site;
use crate::command::{cargo, run};

#[derive(Debug)]
pub(super) struct Twinctl(PathBuf);

impl Twinctl {
    /// A ready binary, or one built for release.
    pub(super) fn new(ready: Option<&Path>) -> Result<Self> {
        if let Some(ready) = ready {
            return Ok(Self(ready.canonicalize()?));
        }
        run(&mut cargo(&["build", "--release", "--package", "twinctl"]))?;
        Ok(Self(workspace::target().join("release/twinctl")))
    }
}

impl Contender for Twinctl {
    fn name(&self) -> &'static str {
        "twinctl"
    }

    fn note(&self) -> Option<&'static str> {
        None
    }

    fn prepare(&self, _: &Site) -> Result<()> {
        Ok(())
    }

    fn command(&self, step: Step, site: &Site) -> Command {
        let mut command = Command::new(&self.0);
        match step {
            Step::Destroy | Step::DomainDestroyed => command.args(["destroy", "dev", "--confirm", "dev"]),
            Step::DomainPlanned => command.args(["plan", "dev", "--lambda-zip"]).arg(site.lambda_zip()),
            Step::Fresh | Step::Unchanged | Step::Changed | Step::DomainMade | Step::DomainUnchanged => {
                command.args(["deploy", "dev", "--yes", "--lambda-zip"]).arg(site.lambda_zip())
            }
        };
        command.arg("--environments").arg(site.environments());
        command
    }

    fn has_domains(&self) -> bool {
        true
    }

    fn help(&self) -> Command {
        let mut command = Command::new(&self.0);
        command.arg("--help");
        command
    }

    fn files(&self) -> Vec<&Path> {
        vec![&self.0]
    }
}
