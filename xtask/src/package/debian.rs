//! The Debian package of a platform.

use std::fs;

use anyhow::Result;
use tempfile::TempDir;

use super::file::{Output, VERSION};
use super::platform::Program;
use super::staging::{Staging, copy_program, license};
use crate::command::{program, run};

pub(super) fn make(of: &Program, staging: &Staging, output: &Output) -> Result<()> {
    let architecture = of.platform.debian.unwrap_or_default();
    let folder = TempDir::new()?;
    copy_program(&of.path, &folder.path().join("usr/bin/twinctl"))?;
    let share = folder.path().join("usr/share");
    staging.copy_to(&share)?;
    fs::create_dir_all(share.join("doc/twinctl"))?;
    fs::copy(license(), share.join("doc/twinctl/copyright"))?;
    fs::create_dir(folder.path().join("DEBIAN"))?;
    fs::write(folder.path().join("DEBIAN/control"), control(of, architecture, &output.repository))?;
    run(program("chmod", &["-R", "u+rwX,go+rX,go-w"]).arg(folder.path()))?;
    let package = output.join(format!("twinctl_{VERSION}_{architecture}.deb"));
    let mut build = program("dpkg-deb", &["--build", "--root-owner-group"]);
    build.args(if output.fast { ["-Zgzip", "-z1"] } else { ["-Zxz", "-z9"] });
    run(build.arg(folder.path()).arg(package).env("SOURCE_DATE_EPOCH", "0"))
}

fn control(of: &Program, architecture: &str, repository: &str) -> String {
    let owner = repository.split('/').next().unwrap_or_default();
    let depends = of.glibc.iter().map(|version| format!("Depends: libc6 (>= {version}), libgcc-s1\n"));
    format!(
        "Package: twinctl\nVersion: {VERSION}\nArchitecture: {architecture}\n\
         Maintainer: {owner} <{owner}@users.noreply.github.com>\n{}Section: web\nPriority: optional\n\
         Homepage: https://github.com/{repository}\n\
         Description: Puts a personal AI twin online from one YAML file, and keeps it there\n",
        depends.collect::<String>()
    )
}
