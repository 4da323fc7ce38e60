//! Clippy, by itself or as the compiler of a build.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::command::{cargo, run};

/// Runs `cargo clippy` on the workspace.
pub(super) fn check() -> Result<()> {
    run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]))
}

/// Builds all tests, and twinctl without the AWS SDK, with clippy. Fails if there are warnings.
///
/// `cargo clippy` and `cargo build` share no artifacts, so running both compiles every dependency twice. Here clippy's
/// driver is the compiler of the workspace's crates instead, as in `cargo clippy`, but the build is a real one.
pub(crate) fn check_in_build() -> Result<()> {
    let tests = warnings(&["test", "--workspace", "--no-run"])?;
    let local = warnings(&["build", "--package", "twinctl-local", "--package", "twin-lambda"])?;
    let count = tests.union(&local).count();
    if count > 0 {
        bail!("{count} warnings");
    }
    Ok(())
}

/// Builds with clippy. Prints the warnings and returns them.
fn warnings(arguments: &[&str]) -> Result<BTreeSet<String>> {
    let mut build = cargo(&[arguments, &["--message-format=json-diagnostic-rendered-ansi"]].concat());
    use_clippy(&mut build).stdout(Stdio::piped());
    eprintln!("$ cargo {}  (compiled by clippy-driver)", arguments.join(" "));
    let mut child = build.spawn().context("failed to run cargo")?;
    let output = child.stdout.take().context("cargo has no standard output")?;
    let mut warnings = BTreeSet::new();
    for line in BufReader::new(output).lines() {
        // A library and its tests have the same warnings.
        if let Some(warning) = diagnostic(&line?).filter(|found| !warnings.contains(found)) {
            eprintln!("{warning}");
            warnings.insert(warning);
        }
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("the build failed: {status}");
    }
    Ok(warnings)
}

/// Makes cargo compile the workspace's crates with clippy's driver, so that it reuses what [`check_in_build`] built.
pub(crate) fn use_clippy(command: &mut Command) -> &mut Command {
    command.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver")
}

/// A line of cargo's JSON output.
#[derive(Debug, Deserialize)]
struct Line {
    message: Option<Message>,
}

#[derive(Debug, Deserialize)]
struct Message {
    rendered: String,
}

/// The text of a warning or an error, if the line is one.
fn diagnostic(line: &str) -> Option<String> {
    let line: Line = serde_json::from_str(line).ok()?;
    line.message.map(|message| message.rendered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_warnings_in_cargos_output() {
        let table = [
            (
                r#"{"reason":"compiler-message","message":{"level":"warning","rendered":"warning: x"}}"#,
                Some("warning: x"),
            ),
            (r#"{"reason":"compiler-artifact","package_id":"x"}"#, None),
            (r#"{"reason":"build-finished","success":true}"#, None),
            ("running 1 test", None),
        ];
        for (line, expected) in table {
            assert_eq!(diagnostic(line).as_deref(), expected, "{line}");
        }
    }
}
