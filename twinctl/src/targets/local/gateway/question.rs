//! Asks a new backend one question before it replaces the running one.

use std::{
    path::Path,
    process::{ExitStatus, Output, Stdio},
    time::Duration,
};

use contract::{
    limits::QUESTION_TIMEOUT,
    variable::{AI_PROVIDER, provider},
};
use tokio::{process::Command, time::timeout};

use super::{backend::Change, credentials, logs::Logs, protocol::GatewayError};
use crate::{
    system::host,
    twin::question::{Rejected, Report},
};

/// Longer than twin-lambda's own limit. Together with a start of the backend, shorter than that of the control client.
const LIMIT: Duration = QUESTION_TIMEOUT.saturating_add(Duration::from_secs(5));

/// The exit code of a program that has no `ask`.
const USAGE: i32 = 2;

/// The backend that is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Backend {
    /// If its program exits at once, its start fails, too, and reports its log.
    New,
    /// Its program has started, so it must not fail now.
    Running,
}

/// Runs `twin-lambda ask` with the setup of a backend. No request of a visitor can do the same. Returns `None` for
/// the built-in model, which always answers, and for a program that cannot be asked.
pub(super) async fn ask(
    Change { setup, secrets }: &Change,
    backend: Backend,
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
        Ok(Ok(output)) => match read(&output, logs) {
            None if backend == Backend::Running && !can_miss(output.status) => {
                Err(GatewayError::new(format!("`twin-lambda ask` exited with {}", output.status)))
            }
            report => Ok(report),
        },
        Ok(Err(_)) if backend == Backend::New => Ok(None),
        Ok(Err(error)) => Err(GatewayError::new(format!("`twin-lambda ask` did not start: {error}"))),
        Err(_) => Ok(Some(Report::timed_out(LIMIT))),
    }
}

/// Whether a program that exits like this has not reported anything because it cannot be asked.
fn can_miss(exit: ExitStatus) -> bool {
    exit.success() || exit.code() == Some(USAGE)
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::targets::local::gateway::protocol::{BackendSetup, Credentials, Secrets};

    /// Asks a backend whose program is the file `ask` in the twin's folder.
    async fn ask_script(
        backend: Backend,
        binary: &str,
        script: &str,
    ) -> Result<Option<Report>, GatewayError> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("ask"), script).unwrap();
        let setup = BackendSetup {
            binary: binary.into(),
            settings: [(AI_PROVIDER.to_owned(), provider::OPENAI.to_owned())].into(),
            credentials: Credentials::None,
            fingerprint: String::new(),
        };
        let change = Change { setup, secrets: Secrets::default() };
        ask(&change, backend, folder.path(), &Logs::open(folder.path().join("logs"))).await
    }

    #[tokio::test]
    async fn a_running_backend_whose_question_crashes_has_not_answered() {
        for (binary, crash, reason) in [
            ("/bin/sh", "kill -9 $$", "exited with signal: 9"),
            ("/bin/sh", "exit 3", "exited with exit status: 3"),
            ("/nowhere/twin-lambda", "", "did not start: "),
        ] {
            let why = ask_script(Backend::Running, binary, crash).await.unwrap_err().reason;
            assert!(why.starts_with(&format!("`twin-lambda ask` {reason}")), "{why}");
            assert_eq!(
                ask_script(Backend::New, binary, crash).await,
                Ok(None),
                "its start reports the reason"
            );
        }
        for without_ask in ["exit 2", "exit 0"] {
            assert_eq!(ask_script(Backend::Running, "/bin/sh", without_ask).await, Ok(None));
        }
    }
}
