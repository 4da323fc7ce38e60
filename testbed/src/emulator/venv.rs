//! The installations of pinned Python programs in `target/`, shared by all processes.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace;

/// A virtual environment of Python.
struct Venv {
    name: &'static str,
    requirements: &'static str,
}

const EMULATOR: Venv = Venv { name: "ministack-1.5.33", requirements: include_str!("../../emulators.txt") };
const CHECKS: Venv = Venv { name: "checks", requirements: include_str!("../../checks.txt") };

/// Installs the emulator if it is missing. Returns the path of its Python.
pub fn install() -> Result<PathBuf> {
    EMULATOR.install()
}

/// Whether the emulator is installed.
pub fn is_installed() -> bool {
    EMULATOR.is_complete()
}

/// Installs the checks of workflows and policies if they are missing. Returns the path of their Python.
pub fn install_checks() -> Result<PathBuf> {
    CHECKS.install()
}

/// Whether the checks are installed.
pub fn has_checks() -> bool {
    CHECKS.is_complete()
}

fn folder() -> PathBuf {
    workspace::target().join("emulators")
}

impl Venv {
    fn install(&self) -> Result<PathBuf> {
        let folder = folder();
        fs::create_dir_all(&folder).with_context(|| format!("could not create {}", folder.display()))?;
        let lock = File::create(folder.join("install.lock"))?;
        lock.lock().context("could not lock the folder of Python programs")?;
        if !self.is_complete() {
            self.fill()?;
        }
        Ok(self.path().join("bin/python"))
    }

    fn path(&self) -> PathBuf {
        folder().join(self.name)
    }

    fn is_complete(&self) -> bool {
        fs::read_to_string(self.receipt()).is_ok_and(|installed| installed == self.requirements)
    }

    /// Written last, so that an interrupted installation is repeated.
    fn receipt(&self) -> PathBuf {
        self.path().join("installed.txt")
    }

    fn fill(&self) -> Result<()> {
        let venv = self.path();
        run(
            Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv),
            "install Python 3.10 or later with its venv module (Debian: `apt install python3-venv`)",
        )?;
        let requirements = venv.join("requirements.txt");
        fs::write(&requirements, self.requirements)?;
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
        fs::write(self.receipt(), self.requirements)?;
        Ok(())
    }
}

fn run(command: &mut Command, next_step: &str) -> Result<()> {
    let program = command.get_program().display().to_string();
    let output = command
        .output()
        .with_context(|| format!("could not run `{program}`, which the tests need; {next_step}"))?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    bail!(
        "`{program}` failed to install Python programs; {next_step}. Its output was:\n{}",
        stderr.trim_end()
    );
}
