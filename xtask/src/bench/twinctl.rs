//! twinctl as a deploy tool.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::binaries;
use super::deploy_tool::{DeployTool, Step};
use super::site::Site;

#[derive(Debug)]
pub(super) struct Twinctl(PathBuf);

impl Twinctl {
    /// Uses a given binary, or one built for release.
    pub(super) fn new(given: Option<&Path>) -> Result<Self> {
        binaries::twinctl(given).map(Self)
    }
}

impl DeployTool for Twinctl {
    fn name(&self) -> &'static str {
        "twinctl"
    }

    fn command(&self, step: Step, site: &Site) -> Command {
        let mut command = Command::new(&self.0);
        match step {
            Step::Destroy | Step::DomainDestroyed => command.args(["destroy", "dev", "--confirm", "dev"]),
            Step::DomainPlanned => command.args(["plan", "dev", "--lambda-zip"]).arg(site.lambda_zip()),
            Step::Fresh | Step::Unchanged | Step::Changed | Step::DomainCreated | Step::DomainUnchanged => {
                command.args(["deploy", "dev", "--yes", "--lambda-zip"]).arg(site.lambda_zip())
            }
        };
        command.arg("--environments").arg(site.environments());
        command
    }

    fn supports_domains(&self) -> bool {
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
