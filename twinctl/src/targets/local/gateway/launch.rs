//! Starts gateway processes: one that outlives the command, and one that takes over from the running one.

use std::{io, path::Path, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    process::{Child, Command},
    time::{Instant, timeout},
};

use super::{
    client::{ControlClient, ControlError},
    protocol::{GatewayError, GatewayStatus, Secrets},
    twin_folder::TwinFolder,
};
use crate::system::clock;

/// The arguments of a gateway process, before the path of the twin's folder. Do not change them: systemd units that
/// earlier versions wrote contain them, and a running gateway of another version starts its successor with them.
pub(crate) const ARGUMENTS: [&str; 2] = ["front-door", "--place"];
/// The line that a successor prints on standard output when it serves.
pub(super) const READY: &str = "ready";
const START_TIMEOUT: Duration = Duration::from_secs(20);
/// Time for a successor to take over. Longer than it waits for its backend.
const TAKEOVER_TIMEOUT: Duration = Duration::from_secs(40);
const OUTPUT_TIMEOUT: Duration = Duration::from_secs(5);
/// Windows: the process has a console of its own, which is not shown.
#[cfg(windows)]
const NO_WINDOW: u32 = 0x0800_0000;
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// Starts a gateway and waits until its control server responds. Its backend may still be starting.
pub async fn launch(
    executable: &Path,
    folder: &TwinFolder,
    secrets: &Secrets,
) -> Result<(ControlClient, GatewayStatus), ControlError> {
    let mut command = command(executable, folder, secrets);
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let mut child = spawn(&mut command, executable)?;
    let (started, pid) = (Instant::now(), child.id());
    loop {
        if let Ok(control) = ControlClient::find(folder)
            && Some(control.running().process.pid) == pid
            && let Ok(status) = control.status().await
        {
            return Ok((control, status));
        }
        if matches!(child.try_wait(), Ok(Some(_))) {
            return Err(start_error(&mut child).await.into());
        }
        if started.elapsed() > START_TIMEOUT {
            let why = format!("it was not ready within {}", clock::human_duration(START_TIMEOUT));
            return Err(ControlError::NotResponding { pid: pid.unwrap_or_default(), why });
        }
        clock::sleep(POLL_INTERVAL).await;
    }
}

/// Starts a gateway that inherits the listening socket as its standard input. On Windows, the new gateway opens a new socket.
/// Returns the process ID once the gateway accepts connections.
pub(super) async fn launch_successor(
    executable: &Path,
    folder: &TwinFolder,
    socket: Stdio,
    secrets: &Secrets,
) -> Result<u32, GatewayError> {
    let mut command = command(executable, folder, secrets);
    command.arg("--successor").stdin(socket).stdout(Stdio::piped());
    let mut child = spawn(&mut command, executable)?;
    match timeout(TAKEOVER_TIMEOUT, first_line(&mut child)).await {
        Ok(Ok(line)) if line.trim() == READY => Ok(child.id().unwrap_or_default()),
        Ok(_) => Err(start_error(&mut child).await),
        Err(_) => {
            // An error means that the process has exited meanwhile.
            drop(child.kill().await);
            let limit = clock::human_duration(TAKEOVER_TIMEOUT);
            Err(GatewayError::new(format!("the new gateway was not ready within {limit}")))
        }
    }
}

fn command(executable: &Path, folder: &TwinFolder, secrets: &Secrets) -> Command {
    let mut command = Command::new(executable);
    command.args(ARGUMENTS).arg(folder.path()).envs(&secrets.0).stderr(Stdio::piped());
    // A separate process group, so that neither Ctrl-C in the terminal nor closing it stops the gateway.
    #[cfg(unix)]
    command.process_group(0);
    #[cfg(windows)]
    command.creation_flags(NO_WINDOW);
    command
}

fn spawn(command: &mut Command, executable: &Path) -> Result<Child, GatewayError> {
    let failed = |error| GatewayError::new(format!("could not start {}: {error}", executable.display()));
    command.spawn().map_err(failed)
}

async fn first_line(child: &mut Child) -> io::Result<String> {
    let mut line = String::new();
    if let Some(stdout) = &mut child.stdout {
        BufReader::new(stdout).read_line(&mut line).await?;
    }
    Ok(line)
}

/// Returns the error that a gateway printed before it exited. If it still runs, it is killed.
async fn start_error(child: &mut Child) -> GatewayError {
    let mut text = String::new();
    if let Some(stderr) = &mut child.stderr {
        // If nothing can be read, the error has no log lines.
        drop(timeout(OUTPUT_TIMEOUT, stderr.read_to_string(&mut text)).await);
    }
    drop(child.kill().await);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let reason = lines.next().map(|line| line.trim_start_matches("error: ").to_owned());
    GatewayError {
        reason: reason.unwrap_or_else(|| "the gateway exited without an error message".to_owned()),
        log: lines.map(ToOwned::to_owned).collect(),
    }
}
