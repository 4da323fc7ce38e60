//! Installs each package without a network, as a user would, and asks a twin in an empty folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tempfile::TempDir;

use super::install::{PACKAGES, find, install_from, serve};
use crate::command::{program, read, succeeds};

/// Makes the loopback interface of a new network namespace usable, and starts a program there.
const IN_NAMESPACE: [&str; 4] = ["-rn", "sh", "-c", "ip link set lo up && exec \"$0\" \"$@\""];

/// Install a package, ask a question, and print how many seconds that took
#[derive(clap::Args, Debug)]
pub(crate) struct TryPackage {
    name: String,
    packages: PathBuf,
}

impl TryPackage {
    pub(crate) fn run(&self) -> Result<()> {
        let package = PACKAGES.iter().find(|package| package.name == self.name).context("no such package")?;
        let (started, folder) = (Instant::now(), TempDir::new()?);
        let twinctl = (package.install)(&self.packages, folder.path())
            .with_context(|| format!("{} cannot be installed", package.name))?;
        ask(&twinctl).with_context(|| format!("the twinctl of {} does not work", package.name))?;
        let seconds = started.elapsed().as_secs_f64();
        if let Some(hint) = package.upgrade_hint {
            let found = refused_upgrade(&twinctl)?;
            ensure!(found.contains(hint), "`upgrade` of {} printed {found}", package.name);
        }
        println!("{seconds}");
        Ok(())
    }
}

pub(super) fn all(packages: &Path) -> Result<()> {
    for (name, seconds) in seconds_to_an_answer(packages)? {
        println!("{name}: {seconds:.1} s from the package to an answer");
    }
    refuses_another_checksum(packages)?;
    check_sbom(packages)
}

/// Installs each package, and returns how long it took to get an answer: in a network namespace that has only the loopback
/// interface, if this machine allows one.
pub(crate) fn seconds_to_an_answer(packages: &Path) -> Result<Vec<(&'static str, f64)>> {
    let is_isolated = succeeds("unshare", &[&IN_NAMESPACE[..], &["true"]].concat());
    if !is_isolated {
        eprintln!("not in an empty network namespace, because this machine does not allow `unshare -rn`");
    }
    let xtask = std::env::current_exe()?;
    let seconds = PACKAGES.iter().map(|package| {
        let mut command = if is_isolated { program("unshare", &IN_NAMESPACE) } else { program("env", &[]) };
        let printed = read(command.arg(&xtask).args(["try-package", package.name]).arg(packages))?;
        let last = printed.lines().last().context("no time")?;
        Ok((package.name, last.parse()?))
    });
    seconds.collect()
}

/// Deploys a local twin, asks it a question, and destroys it.
fn ask(twinctl: &Path) -> Result<()> {
    let folder = TempDir::new()?;
    let run = |arguments: &[&str]| {
        let mut command = Command::new(twinctl);
        command.args(arguments).current_dir(folder.path()).env("HOME", folder.path()).stdin(Stdio::null());
        read(&mut command)
    };
    let answer = run(&["deploy", "local", "--quiet"]).and_then(|_| run(&["chat", "local", "Who are you?"]));
    run(&["destroy", "local", "--quiet", "--confirm", "local"])?;
    let answer = answer?;
    ensure!(answer.contains("Odalys Fennimarsh"), "the answer is `{answer}`");
    Ok(())
}

/// Returns the hint of `twinctl upgrade` for a program of a package manager.
fn refused_upgrade(twinctl: &Path) -> Result<String> {
    let output = Command::new(twinctl).args(["upgrade", "--from", "http://127.0.0.1:1"]).output()?;
    ensure!(!output.status.success(), "`upgrade` replaced the program of a package manager");
    Ok(String::from_utf8(output.stderr)?)
}

/// Checks that the bill of materials lists known parts, and that its references lead to something.
fn check_sbom(packages: &Path) -> Result<()> {
    let sbom: Value = serde_json::from_slice(&fs::read(find(packages, "twinctl-", ".cdx.json")?)?)?;
    let texts = |list: &Value, name: &str| -> BTreeSet<String> {
        let items = list.as_array().into_iter().flatten();
        items.filter_map(|item| Some(item[name].as_str()?.to_owned())).collect()
    };
    let names = texts(&sbom["components"], "name");
    for part in ["twin-lambda", "tokio", "aws-sdk-s3", "preact"] {
        ensure!(names.contains(part), "the bill of materials does not list {part}");
    }
    ensure!(!names.contains("testbed"), "the bill of materials lists crates of the tests");
    let refs = texts(&sbom["components"], "bom-ref");
    let edges = sbom["dependencies"].as_array().into_iter().flatten();
    let used = edges.flat_map(|edge| edge["dependsOn"].as_array().into_iter().flatten());
    let unknown: Vec<_> = used.filter(|used| used.as_str().is_none_or(|used| !refs.contains(used))).collect();
    ensure!(unknown.is_empty(), "the bill of materials refers to unknown parts: {unknown:?}");
    Ok(())
}

fn refuses_another_checksum(packages: &Path) -> Result<()> {
    let temporary = TempDir::new()?;
    let folder = temporary.path();
    let (changed, target) = (folder.join("changed"), folder.join("refused"));
    fs::create_dir(&changed)?;
    let archive = find(packages, "twinctl-", ".tar.gz")?;
    let mut bytes = fs::read(&archive)?;
    bytes.push(0);
    fs::write(changed.join(archive.file_name().unwrap_or_default()), bytes)?;
    let script = packages.join("install.sh");
    let installed = serve(&changed, |address| install_from(address, &script, &target));
    ensure!(installed.is_err() && !target.exists(), "install.sh installed an archive with another checksum");
    Ok(())
}
