//! The archive of a platform: the program, completions, manual pages and the license.

use std::fs;
use std::path::Path;

use anyhow::Result;
use tempfile::TempDir;

use super::file::{Output, VERSION};
use super::platform::Program;
use super::staging::{Staging, copy_program, license};
use crate::command::{program, run};

pub(super) fn make(of: &Program, staging: &Staging, output: &Output) -> Result<()> {
    let name = format!("twinctl-{VERSION}-{}", of.platform.target);
    let temporary = TempDir::new()?;
    let folder = temporary.path().join(&name);
    copy_program(&of.path, &folder.join(of.platform.executable()))?;
    staging.copy_to(&folder.join("share"))?;
    fs::copy(license(), folder.join("LICENSE"))?;
    tar(temporary.path(), &name, &format!("{name}.tar.gz"), output)
}

/// Packs a folder. The same files result in the same bytes.
pub(super) fn tar(parent: &Path, folder: &str, name: &str, output: &Output) -> Result<()> {
    let options = [
        "--create",
        "--sort=name",
        "--mtime=@0",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        "--format=ustar",
    ];
    let mut tar = program("tar", &options);
    tar.arg("--mode=u+rwX,go+rX,go-w").arg(format!("--use-compress-program=gzip -{}n", output.level()));
    tar.arg("--file").arg(output.join(name));
    run(tar.arg("--directory").arg(parent).arg(folder))
}
