//! Terraform with an equivalent stack, as a contender.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::contender::{Contender, Step};
use super::site::Site;
use crate::command::{is_there, read};

const STACK: &str = include_str!("peer/main.tf");

#[derive(Debug)]
pub(super) struct Terraform {
    binary: PathBuf,
    /// Where the provider is unpacked; else Terraform's own configuration says where it comes from.
    mirror: Option<PathBuf>,
}

impl Terraform {
    /// Found on the PATH.
    pub(super) fn new(mirror: Option<&Path>) -> Result<Self> {
        let found = is_there("terraform", &["version"]);
        anyhow::ensure!(found, "`terraform` is not on the PATH; install it, or leave `--peer` out");
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

impl Contender for Terraform {
    fn name(&self) -> &'static str {
        "terraform"
    }

    fn note(&self) -> Option<&'static str> {
        Some(
            "Terraform is spared the lifecycle rules, which its provider polls for 50 s; its state is a local file.",
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
            .context("the AWS provider could not be installed; name a mirror by --terraform-mirror")?;
        Ok(())
    }

    fn command(&self, step: Step, site: &Site) -> Command {
        let verb = if step == Step::Destroy { "destroy" } else { "apply" };
        let mut command = self.terraform(site, &[verb, "-auto-approve"]);
        command.arg(format!("-var=web={}", site.web().display()));
        command.arg(format!("-var=lambda_zip={}", site.lambda_zip().display()));
        command
    }

    /// The peer stack has none.
    fn has_domains(&self) -> bool {
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
