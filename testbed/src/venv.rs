//! The installations of pinned Python programs in `target/`, shared by all processes.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::workspace;

/// A virtual environment of Python.
#[derive(Debug)]
pub struct Venv {
    name: &'static str,
    requirements: &'static str,
}

/// The emulator of AWS.
pub const EMULATOR: Venv = Venv::new("ministack-1.5.33", include_str!("../emulators.txt"));
/// The checks of workflows and policies.
pub const CHECKS: Venv = Venv::new("checks", include_str!("../checks.txt"));

fn folder() -> PathBuf {
    workspace::target().join("python")
}

impl Venv {
    /// `requirements` must pin every package, also indirect dependencies, which pip does not add.
    pub const fn new(name: &'static str, requirements: &'static str) -> Self {
        Self { name, requirements }
    }

    /// Installs the programs if they are missing or their list has changed. Returns the path of their Python.
    pub fn install(&self) -> Result<PathBuf> {
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

    /// Whether the programs are installed.
    pub fn is_complete(&self) -> bool {
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
            "check the connection to PyPI; `cargo xtask test --fast` skips the tests that need an emulated AWS",
        )?;
        fs::write(self.receipt(), self.requirements)?;
        Ok(())
    }
}

fn run(command: &mut Command, next_step: &str) -> Result<()> {
    let program = command.get_program().display().to_string();
    let output = command
        .output()
        .with_context(|| format!("could not run `{program}`, which checks and tests need; {next_step}"))?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    bail!(
        "`{program}` failed to install Python programs; {next_step}. Its output was:\n{}",
        stderr.trim_end()
    );
}
