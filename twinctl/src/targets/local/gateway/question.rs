//! Asks a new backend one question before it replaces the running one.

use std::{
    path::Path,
    process::{Output, Stdio},
    time::Duration,
};

use contract::{
    limits::QUESTION_TIMEOUT,
    variable::{AI_PROVIDER, provider},
};
use tokio::{process::Command, time::timeout};

use super::{
    credentials,
    logs::Logs,
    protocol::{BackendSetup, GatewayError, Secrets},
};
use crate::{
    system::host,
    twin::question::{Rejected, Report},
};

/// Longer than twin-lambda's own limit. Together with a start of the backend, shorter than that of the control client.
const LIMIT: Duration = QUESTION_TIMEOUT.saturating_add(Duration::from_secs(5));

/// Runs `twin-lambda ask` with the setup of the new backend. No request of a visitor can do the same. Returns `None` for
/// the built-in model, which always answers, and for a program that cannot be asked.
pub(super) async fn ask(
    setup: &BackendSetup,
    secrets: &Secrets,
    folder: &Path,
    logs: &Logs,
) -> Result<Option<Report>, GatewayError> {
    if setup.settings.get(AI_PROVIDER).is_some_and(|name| name == provider::BUILTIN) {
        return Ok(None);
    }
    let resolved = credentials::resolve(&setup.credentials, secrets, logs).await?;
    let mut command = Command::new(&setup.binary);
    command
        .arg("ask")
        .env_clear()
        .envs(host::required_variables())
        .envs(&setup.settings)
        .envs(resolved.variables);
    command.current_dir(folder).stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    #[cfg(unix)]
    command.process_group(0);
    match timeout(LIMIT, command.output()).await {
        Ok(Ok(output)) => Ok(read(&output, logs)),
        // The start of the backend fails in the same way, and reports it.
        Ok(Err(_)) => Ok(None),
        Err(_) => Ok(Some(Report::timed_out(LIMIT))),
    }
}

/// Returns the report, which is the last line. The others are log lines.
fn read(output: &Output, logs: &Logs) -> Option<Report> {
    let text = String::from_utf8_lossy(&output.stdout);
    let (log, last) = text.trim_end().rsplit_once('\n').unwrap_or(("", text.trim_end()));
    let report = serde_json::from_str(last).ok()?;
    log.lines().for_each(|line| logs.write_twin(line.to_owned()));
    Some(report)
}

/// Fails if visitors would get no answer from the new backend. `is_first`: no other backend is running.
pub(super) fn check(report: &Report, is_first: bool) -> Result<(), GatewayError> {
    let Some(refusal) = report.finding().rejects(is_first) else { return Ok(()) };
    let rejected = Rejected { version: "the new backend".to_owned(), refusal };
    Err(GatewayError::new(rejected.to_string()))
}
