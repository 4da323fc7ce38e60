//! Installs the pinned emulator into `target/`, once for all processes that want it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace;

const REQUIREMENTS: &str = include_str!("../../emulators.txt");
const VERSION: &str = "ministack-1.5.33";

/// Makes sure that the emulator is installed, and says which Python runs it.
pub fn install() -> Result<PathBuf> {
    let folder = workspace::target().join("emulators");
    fs::create_dir_all(&folder).with_context(|| format!("could not make {}", folder.display()))?;
    let venv = folder.join(VERSION);
    let lock = File::create(folder.join("install.lock"))?;
    lock.lock().context("could not lock the emulator's folder")?;
    if !is_complete(&venv) {
        fill(&venv)?;
    }
    Ok(venv.join("bin/python"))
}

/// Whether the emulator is installed already.
pub fn is_installed() -> bool {
    is_complete(&workspace::target().join("emulators").join(VERSION))
}

fn is_complete(venv: &Path) -> bool {
    fs::read_to_string(receipt(venv)).is_ok_and(|installed| installed == REQUIREMENTS)
}

/// Written last, so that an installation that was broken off is made anew.
fn receipt(venv: &Path) -> PathBuf {
    venv.join("installed.txt")
}

fn fill(venv: &Path) -> Result<()> {
    run(
        Command::new("python3").args(["-m", "venv", "--clear"]).arg(venv),
        "install Python 3.10 or later with its venv module (Debian: `apt install python3-venv`)",
    )?;
    let requirements = venv.join("emulators.txt");
    fs::write(&requirements, REQUIREMENTS)?;
    run(
        Command::new(venv.join("bin/python"))
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
                "--requirement",
            ])
            .arg(&requirements),
        "see that this machine reaches PyPI, or leave these tests out with `cargo xtask test --fast`",
    )?;
    fs::write(receipt(venv), REQUIREMENTS)?;
    Ok(())
}

fn run(command: &mut Command, next_step: &str) -> Result<()> {
    let program = command.get_program().display().to_string();
    let output = command
        .output()
        .with_context(|| format!("the emulator needs `{program}`, which could not be run; {next_step}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    bail!("`{program}` failed while the emulator was installed; {next_step}. It said:\n{}", said.trim_end());
}
