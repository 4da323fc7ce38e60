//! Programs of others that the tests compare with, or kill ours with: installed where they are missing.

use std::process::Command;

use anyhow::{Result, bail};

use crate::command::{program, run, succeeds};

/// What is asked for to see whether a program is there, and the package that brings it.
const PROGRAMS: [(&str, &str, &str); 4] = [
    ("age", "--version", "age"),
    ("git", "--version", "git"),
    ("openssl", "version", "openssl"),
    ("strace", "--version", "strace"),
];

/// Installs them, or tells whoever runs this to.
pub(crate) fn ensure() -> Result<()> {
    let is_missing = |(name, word, _): &&(&str, &str, &str)| !succeeds(name, &[word]);
    let missing: Vec<_> = PROGRAMS.iter().filter(is_missing).map(|(_, _, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !can_install() {
        bail!("install {}, which the tests work with", missing.join(", "));
    }
    install(&missing)
}

/// On Debian and its relatives, as root or as somebody who may become root unasked.
pub(crate) fn can_install() -> bool {
    succeeds("apt-get", &["--version"]) && (is_root() || succeeds("sudo", &["-n", "true"]))
}

pub(crate) fn install(packages: &[&str]) -> Result<()> {
    run(&mut apt_get(&["update", "--quiet"]))?;
    let install = ["install", "--yes", "--quiet", "--no-install-recommends"];
    let words: Vec<_> = install.iter().chain(packages).copied().collect();
    run(&mut apt_get(&words))
}

fn apt_get(words: &[&str]) -> Command {
    let quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
    let words = [&quiet[..], words].concat();
    if is_root() { program("env", &words[1..]) } else { program("sudo", &[&["-n"][..], &words].concat()) }
}

fn is_root() -> bool {
    succeeds("test", &["-w", "/etc/apt"])
}
