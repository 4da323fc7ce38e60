//! Starts the process that takes over: it gets the listening socket as its standard input.

use std::{ffi::OsString, io, os::fd::OwnedFd, path::Path, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    process::{Child, Command},
    time::timeout,
};

use super::{
    place::Place,
    protocol::{Refusal, Secrets},
};

/// What it says on standard output when it serves.
pub(super) const READY: &str = "ready";
/// Longer than it waits for its backend.
const READY_WITHIN: Duration = Duration::from_secs(40);
const LAST_WORDS_WITHIN: Duration = Duration::from_secs(5);

/// The command line of a front door.
pub(super) fn arguments(place: &Place) -> [OsString; 3] {
    ["front-door".into(), "--place".into(), place.folder().into()]
}

/// Answers with its process number when it serves.
pub(super) async fn start(
    executable: &Path,
    place: &Place,
    socket: OwnedFd,
    secrets: &Secrets,
) -> Result<u32, Refusal> {
    let mut command = Command::new(executable);
    command.args(arguments(place)).arg("--successor").envs(&secrets.0);
    command.stdin(Stdio::from(socket)).stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command
        .spawn()
        .map_err(|error| Refusal::new(format!("{} cannot be started: {error}", executable.display())))?;
    match timeout(READY_WITHIN, first_line(&mut child)).await {
        Ok(Ok(line)) if line.trim() == READY => Ok(child.id().unwrap_or_default()),
        Ok(_) => Err(refusal(&mut child).await),
        Err(_) => {
            // It may have ended in this very moment.
            drop(child.kill().await);
            Err(Refusal::new("the new front door was not ready in time"))
        }
    }
}

async fn first_line(child: &mut Child) -> io::Result<String> {
    let mut line = String::new();
    if let Some(stdout) = &mut child.stdout {
        BufReader::new(stdout).read_line(&mut line).await?;
    }
    Ok(line)
}

/// What a front door that ended has said. One that did not end is something else, and is made to.
pub(super) async fn refusal(child: &mut Child) -> Refusal {
    let mut said = String::new();
    if let Some(stderr) = &mut child.stderr {
        // What cannot be read says nothing.
        drop(timeout(LAST_WORDS_WITHIN, stderr.read_to_string(&mut said)).await);
    }
    drop(child.kill().await);
    let mut lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let reason = lines.next().map(|line| line.trim_start_matches("error: ").to_owned());
    Refusal {
        reason: reason.unwrap_or_else(|| "the front door ended without a word".to_owned()),
        log: lines.map(ToOwned::to_owned).collect(),
    }
}
