//! Terraform with an equivalent stack.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::deploy_tool::{DeployTool, Step};
use super::site::Site;
use crate::command::{read, succeeds};

const STACK: &str = include_str!("peer/main.tf");

#[derive(Debug)]
pub(super) struct Terraform {
    binary: PathBuf,
    /// A filesystem mirror with the provider; without it, Terraform's own configuration applies.
    mirror: Option<PathBuf>,
}

impl Terraform {
    /// Finds Terraform on the PATH.
    pub(super) fn new(mirror: Option<&Path>) -> Result<Self> {
        let found = succeeds("terraform", &["version"]);
        anyhow::ensure!(found, "`terraform` is not on the PATH; install it, or omit `--peer`");
        let binary = read(Command::new("which").arg("terraform")).unwrap_or_default();
        let mirror = mirror.map(Path::canonicalize).transpose().context("no such --terraform-mirror")?;
        Ok(Self { binary: PathBuf::from(binary.trim()), mirror })
    }

    fn terraform(&self, site: &Site, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments).args(["-input=false", "-no-color"]).current_dir(folder(site));
        if self.mirror.is_some() {
            command.env_remove("TF_CLI_CONFIG_FILE");
        }
        command
    }
}

impl DeployTool for Terraform {
    fn name(&self) -> &'static str {
        "terraform"
    }

    fn note(&self) -> Option<&'static str> {
        Some(
            "Terraform has no lifecycle rules, which its provider polls for 50 s; its state is a local file.",
        )
    }

    fn prepare(&self, site: &Site) -> Result<()> {
        fs::create_dir_all(folder(site))?;
        fs::write(folder(site).join("main.tf"), STACK)?;
        let mut init = self.terraform(site, &["init"]);
        if let Some(mirror) = &self.mirror {
            init.arg("-plugin-dir").arg(mirror);
        }
        read(&mut init)
            .context("failed to install the AWS provider; pass a mirror with --terraform-mirror")?;
        Ok(())
    }

    fn command(&self, step: Step, site: &Site) -> Command {
        let verb = if step == Step::Destroy { "destroy" } else { "apply" };
        let mut command = self.terraform(site, &[verb, "-auto-approve"]);
        command.arg(format!("-var=web={}", site.web().display()));
        command.arg(format!("-var=lambda_zip={}", site.lambda_zip().display()));
        command
    }

    fn supports_domains(&self) -> bool {
        false
    }

    fn help(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command.arg("-help");
        command
    }

    fn files(&self) -> Vec<&Path> {
        let mirror = self.mirror.as_deref();
        std::iter::once(self.binary.as_path()).chain(mirror).collect()
    }
}

fn folder(site: &Site) -> PathBuf {
    site.root().join("terraform")
}
