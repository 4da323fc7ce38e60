//! The life of a front door: from its lock to its last answer.

use std::{
    fs::File,
    io::{self, Write as _},
    net::Ipv4Addr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use serde_json::json;
use tokio::{net::TcpListener, sync::oneshot};

use super::{
    backend::Backend,
    connections::{Connections, Farewell},
    control,
    door::{Door, Ending, Identity, required},
    entrance::Entrance,
    expiry,
    logs::{Level, Logs},
    notify::{self, News},
    place::Place,
    protocol::{DoorSetup, Refusal, Running, Token},
    serving::Serving,
    successor::READY,
};
use crate::system::{
    clock,
    host::{self, Process},
};

const STOPS_WITHIN: Duration = Duration::from_secs(10);
/// Nobody waits for a predecessor: it may finish the longest answers.
const LEAVES_WITHIN: Duration = Duration::from_mins(3);
const CONTROL_WITHIN: Duration = Duration::from_secs(1);
const BETWEEN_SWEEPS: Duration = Duration::from_hours(24);

/// How a front door comes into being.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    Fresh,
    /// Another one runs. It has left its listening socket as standard input, and ends when this one says that it serves.
    Successor,
}

/// Runs until it is told to end.
pub async fn run(place: Place, arrival: Arrival) -> Result<(), Refusal> {
    // A terminal that is closed takes nobody with it who is not meant.
    #[cfg(unix)]
    let _hangup = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup());
    let mut lock = match arrival {
        Arrival::Fresh => Some(lock(&place)?),
        Arrival::Successor => None,
    };
    let logs = Logs::open(place.logs());
    let (stop, stopped) = oneshot::channel();
    let (backend, supervised) = Backend::start(place.folder().to_owned(), logs.clone(), stopped);
    let (door, entrance, control) = make(place, arrival, logs.clone(), backend).await?;
    let controls = Arc::new(Connections::new());
    let controlled = tokio::spawn({
        let (door, controls) = (Arc::clone(&door), Arc::clone(&controls));
        async move { control::serve(door, control, &controls).await }
    });
    open(&door, entrance, arrival).await?;
    if lock.is_none() {
        lock = Some(inherit_lock(&door.place).await?);
    }
    let sweeping = tokio::spawn(sweep(Arc::clone(&door)));
    let ending = ended(&door).await;
    leave(&door, ending, lock).await;
    sweeping.abort();
    controlled.abort();
    // Whoever gave the order still gets its answer.
    controls.drain(Farewell::Short, CONTROL_WITHIN).await;
    drop(stop);
    drop(supervised.await);
    if ending == Ending::Stopped {
        logs.say(Level::Info, "the door is closed", json!(null));
    }
    logs.flush().await;
    Ok(())
}

/// Everything that can go wrong before anybody was let in.
async fn make(
    place: Place,
    arrival: Arrival,
    logs: Logs,
    backend: Backend,
) -> Result<(Arc<Door>, Entrance, TcpListener), Refusal> {
    let setup: DoorSetup = required(&place)?;
    let entrance = match arrival {
        Arrival::Fresh => Entrance::open(&setup)?,
        Arrival::Successor => Entrance::inherit(&setup)?,
    };
    let serving = Serving::load(&place, setup, None).await?;
    let refuse = |error: io::Error| Refusal::new(format!("cannot listen for orders: {error}"));
    let control = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(refuse)?;
    let identity = Identity {
        process: Process::current(),
        since: clock::now(),
        executable: host::program().1,
        control: control.local_addr().map_err(refuse)?,
        token: Token(format!("{}{}", clock::unique_id(), clock::unique_id())),
    };
    Ok((Arc::new(Door::new(place, logs, backend, serving, identity)), entrance, control))
}

async fn open(door: &Arc<Door>, entrance: Entrance, arrival: Arrival) -> Result<(), Refusal> {
    match arrival {
        Arrival::Fresh => {
            let starting = Arc::clone(door);
            // The page does not wait for it, and the log and the status tell how it went.
            tokio::spawn(async move { drop(starting.start_backend().await) });
            door.open(entrance)?;
            notify::tell(News::Ready);
        }
        Arrival::Successor => {
            door.start_backend().await?;
            door.open(entrance)?;
            let mut stdout = io::stdout();
            // A predecessor that died meanwhile has left us everything.
            drop(writeln!(stdout, "{READY}").and_then(|()| stdout.flush()));
        }
    }
    Ok(())
}

async fn ended(door: &Door) -> Ending {
    let mut ending = door.ending.subscribe();
    tokio::select! {
        () = host::asked_to_stop() => Ending::Stopped,
        ending = ending.wait_for(Option::is_some) => ending.ok().and_then(|e| *e).unwrap_or(Ending::Stopped),
    }
}

async fn leave(door: &Door, ending: Ending, lock: Option<File>) {
    match ending {
        Ending::Stopped => {
            notify::tell(News::Stopping);
            door.close();
            door.connections.drain(Farewell::Short, STOPS_WITHIN).await;
            if let Err(error) = door.place.remove::<Running>() {
                door.logs.say(Level::Warn, "running.json is left over", json!(error.to_string()));
            }
        }
        Ending::HandedOver { successor } => {
            notify::tell(News::Successor(successor));
            drop(lock);
            door.close();
            door.connections.drain(Farewell::Gentle, LEAVES_WITHIN).await;
        }
    }
}

fn lock(place: &Place) -> Result<File, Refusal> {
    let file = lock_file(place)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(Refusal::new("a front door runs here already")),
        Err(std::fs::TryLockError::Error(error)) => Err(unlockable(place, &error)),
    }
}

/// The predecessor lets go as soon as it knows that we serve.
async fn inherit_lock(place: &Place) -> Result<File, Refusal> {
    let file = lock_file(place)?;
    let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
    locked.map_err(io::Error::other).flatten().map_err(|error| unlockable(place, &error))
}

fn lock_file(place: &Place) -> Result<File, Refusal> {
    File::create(place.lock_file()).map_err(|error| unlockable(place, &error))
}

fn unlockable(place: &Place, error: &io::Error) -> Refusal {
    Refusal::new(format!("cannot lock {}: {error}", place.lock_file().display()))
}

async fn sweep(door: Arc<Door>) {
    loop {
        if let Some(memory) = door.memory() {
            let now = SystemTime::from(clock::now());
            let swept = tokio::task::spawn_blocking(move || expiry::sweep(&memory, now)).await;
            match swept.map_err(io::Error::other).flatten() {
                Ok(0) => {}
                Ok(gone) => door.logs.say(Level::Info, "old conversations are gone", json!({"files": gone})),
                Err(error) => {
                    door.logs.say(
                        Level::Warn,
                        "old conversations could not be removed",
                        json!(error.to_string()),
                    );
                }
            }
        }
        clock::sleep(BETWEEN_SWEEPS).await;
    }
}
