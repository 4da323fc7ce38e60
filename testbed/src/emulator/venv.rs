//! The installation of the pinned emulator in `target/`, shared by all processes.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace;

const REQUIREMENTS: &str = include_str!("../../emulators.txt");
const VERSION: &str = "ministack-1.5.33";

/// Installs the emulator if it is missing. Returns the path of its Python.
pub fn install() -> Result<PathBuf> {
    let folder = workspace::target().join("emulators");
    fs::create_dir_all(&folder).with_context(|| format!("could not create {}", folder.display()))?;
    let venv = folder.join(VERSION);
    let lock = File::create(folder.join("install.lock"))?;
    lock.lock().context("could not lock the emulator's folder")?;
    if !is_complete(&venv) {
        create(&venv)?;
    }
    Ok(venv.join("bin/python"))
}

/// Returns whether the emulator is installed.
pub fn is_installed() -> bool {
    is_complete(&workspace::target().join("emulators").join(VERSION))
}

fn is_complete(venv: &Path) -> bool {
    fs::read_to_string(marker(venv)).is_ok_and(|installed| installed == REQUIREMENTS)
}

/// Returns the file that marks a complete installation. It is written last, so that an interrupted installation is
/// repeated.
fn marker(venv: &Path) -> PathBuf {
    venv.join("installed.txt")
}

fn create(venv: &Path) -> Result<()> {
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
        "check the connection to PyPI, or skip these tests with `cargo xtask test --fast`",
    )?;
    fs::write(marker(venv), REQUIREMENTS)?;
    Ok(())
}

fn run(command: &mut Command, next_step: &str) -> Result<()> {
    let program = command.get_program().display().to_string();
    let output = command
        .output()
        .with_context(|| format!("could not run `{program}`, which the emulator needs; {next_step}"))?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    bail!("`{program}` failed to install the emulator; {next_step}. Its output was:\n{}", stderr.trim_end());
}
