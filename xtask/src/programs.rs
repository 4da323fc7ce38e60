//! Programs that the tests need. They are installed if they are missing.

use std::process::Command;

use anyhow::{Result, bail};

use crate::command::{program, run, succeeds};

/// Each program, an argument with which it succeeds, and the package that contains it.
const PROGRAMS: [(&str, &str, &str); 4] = [
    ("age", "--version", "age"),
    ("git", "--version", "git"),
    ("openssl", "version", "openssl"),
    ("strace", "--version", "strace"),
];

/// Installs missing programs. Fails with their names if it cannot.
pub(crate) fn ensure() -> Result<()> {
    let is_missing = |(name, argument, _): &&(&str, &str, &str)| !succeeds(name, &[argument]);
    let missing: Vec<_> = PROGRAMS.iter().filter(is_missing).map(|(_, _, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !can_install() {
        bail!("install {}, which the tests need", missing.join(", "));
    }
    install(&missing)
}

/// Whether apt-get can be used without a password.
pub(crate) fn can_install() -> bool {
    succeeds("apt-get", &["--version"]) && (is_root() || succeeds("sudo", &["-n", "true"]))
}

pub(crate) fn install(packages: &[&str]) -> Result<()> {
    run(&mut apt_get(&["update", "--quiet"]))?;
    let install = ["install", "--yes", "--quiet", "--no-install-recommends"];
    let arguments: Vec<_> = install.iter().chain(packages).copied().collect();
    run(&mut apt_get(&arguments))
}

fn apt_get(arguments: &[&str]) -> Command {
    let quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
    let command = [&quiet[..], arguments].concat();
    if is_root() { program("env", &command[1..]) } else { program("sudo", &[&["-n"][..], &command].concat()) }
}

fn is_root() -> bool {
    succeeds("test", &["-w", "/etc/apt"])
}
