//! Installs the pinned tools into `target/tools`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use testbed::workspace;

use crate::command::run;

const REQUIREMENTS: &str = include_str!("../../../tools.txt");

/// Returns the folder of the tools, after installing them if they are missing or their list has changed.
pub(super) fn install() -> Result<PathBuf> {
    let venv = workspace::target().join("tools");
    let receipt = venv.join("installed.txt");
    if !fs::read_to_string(&receipt).is_ok_and(|installed| installed == REQUIREMENTS) {
        let create = run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv));
        create.context(
            "install Python 3.10 or later with its venv module (Debian: `apt install python3-venv`)",
        )?;
        let requirements = venv.join("tools.txt");
        fs::write(&requirements, REQUIREMENTS)?;
        let mut pip = Command::new(venv.join("bin/python"));
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--requirement",
        ]);
        run(pip.arg(requirements)).context("check that this machine reaches PyPI")?;
        // Written last, so that an interrupted installation is repeated.
        fs::write(receipt, REQUIREMENTS)?;
    }
    Ok(venv.join("bin"))
}
