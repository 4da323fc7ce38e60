//! Starts a front door that stays when the command that started it is done.

use std::{path::Path, process::Stdio, time::Duration};

use tokio::{
    process::{Child, Command},
    time::Instant,
};

use super::{
    client::{Control, ControlError},
    place::Place,
    protocol::{DoorStatus, Refusal, Secrets},
    successor::{arguments, refusal},
};
use crate::system::clock;

const READY_WITHIN: Duration = Duration::from_secs(20);
const BETWEEN: Duration = Duration::from_millis(5);

/// Answers when it can be spoken with. Its backend may still be starting.
pub async fn launch(
    executable: &Path,
    place: &Place,
    secrets: &Secrets,
) -> Result<(Control, DoorStatus), ControlError> {
    let mut command = Command::new(executable);
    command.args(arguments(place)).envs(&secrets.0);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    // Neither a Ctrl-C here nor a terminal that is closed is meant for it.
    #[cfg(unix)]
    command.process_group(0);
    let child = command
        .spawn()
        .map_err(|error| Refusal::new(format!("{} cannot be started: {error}", executable.display())))?;
    answering(child, place).await
}

async fn answering(mut child: Child, place: &Place) -> Result<(Control, DoorStatus), ControlError> {
    let (begun, pid) = (Instant::now(), child.id());
    loop {
        if let Ok(control) = Control::find(place)
            && Some(control.running().process.pid) == pid
            && let Ok(status) = control.status().await
        {
            return Ok((control, status));
        }
        if matches!(child.try_wait(), Ok(Some(_))) {
            return Err(refusal(&mut child).await.into());
        }
        if begun.elapsed() > READY_WITHIN {
            let why = format!("it was not ready within {}", clock::spoken(READY_WITHIN));
            return Err(ControlError::NotAnswering { pid: pid.unwrap_or_default(), why });
        }
        clock::sleep(BETWEEN).await;
    }
}
