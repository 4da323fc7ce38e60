//! AWS's own models of its services: errors, shapes and signatures. They are part of botocore, which the emulator uses.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::venv;

const SCRIPT: &str = include_str!("aws_models.py");

/// Calls a function of `aws_models.py`.
pub fn ask<T: DeserializeOwned>(function: &str, argument: impl Serialize) -> Result<T> {
    let mut command = Command::new(venv::EMULATOR.install()?);
    command.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut python = command.spawn()?;
    if let Some(mut stdin) = python.stdin.take() {
        stdin.write_all(json!({ function: argument }).to_string().as_bytes())?;
    }
    let output = python.wait_with_output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}
