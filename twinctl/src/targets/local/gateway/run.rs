//! The main function of a gateway process: start, wait, shut down.

use std::{
    fs::File,
    io::{self, Write as _},
    net::Ipv4Addr,
    sync::Arc,
    time::Duration,
};

use contract::limits::ANSWER_TIMEOUT;
use serde_json::json;
use tokio::{net::TcpListener, sync::oneshot};

use super::{
    active_setup::ActiveSetup,
    alarms::Alarms,
    backend::Backend,
    client::ControlClient,
    connections::{Close, Connections},
    control, expiry,
    launch::READY,
    logs::{Level, Logs},
    protocol::{GatewayError, GatewaySetup, Phase, Running, Token},
    public_listener::PublicListener,
    server::{Ending, Gateway, Identity, required},
    systemd::{self, Notification},
    twin_folder::TwinFolder,
};
use crate::system::{
    clock,
    host::{self, Process},
};

const STOP_TIMEOUT: Duration = Duration::from_secs(10);
const CONTROL_TIMEOUT: Duration = Duration::from_secs(1);
/// Short, because this time does not pass while the machine is off or suspended.
const EXPIRY_INTERVAL: Duration = Duration::from_hours(1);

/// How a gateway is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartMode {
    Fresh,
    /// A gateway is running. Its listening socket is our standard input, and it exits when we report that we serve.
    Successor,
}

/// Runs a gateway until it is stopped or has handed over.
pub async fn run(folder: TwinFolder, mode: StartMode) -> Result<(), GatewayError> {
    // Closing the terminal must not stop the gateway: with a handler, SIGHUP no longer kills the process.
    #[cfg(unix)]
    let _hangup = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup());
    let mut lock = match mode {
        StartMode::Fresh => Some(lock(&folder)?),
        StartMode::Successor => None,
    };
    let logs = Logs::open(folder.logs());
    let (stop, stopped) = oneshot::channel();
    let (backend, supervised) = Backend::start(folder.path().to_owned(), logs.clone(), stopped);
    let (gateway, listener, control) = prepare(folder, mode, logs.clone(), backend).await?;
    let control_connections = Arc::new(Connections::new());
    let controlled = tokio::spawn({
        let (gateway, connections) = (Arc::clone(&gateway), Arc::clone(&control_connections));
        async move { control::serve(gateway, control, &connections).await }
    });
    start_serving(&gateway, listener, mode).await?;
    if lock.is_none() {
        lock = Some(inherit_lock(&gateway.folder).await?);
    }
    let expiry_task = tokio::spawn(run_expiry(Arc::clone(&gateway)));
    let alarms = Alarms::start(&gateway);
    let ending = wait_for_end(&gateway).await;
    shut_down(&gateway, ending, alarms, lock).await;
    expiry_task.abort();
    controlled.abort();
    // The client that sent the last control request still gets its response.
    control_connections.close(Close::Now, CONTROL_TIMEOUT).await;
    drop(stop);
    drop(supervised.await);
    if ending == Ending::Stopped {
        logs.event(Level::Info, "the gateway has stopped", json!(null));
    }
    logs.flush().await;
    Ok(())
}

/// Loads the setup and opens the sockets. Nothing is served yet.
async fn prepare(
    folder: TwinFolder,
    mode: StartMode,
    logs: Logs,
    backend: Backend,
) -> Result<(Arc<Gateway>, PublicListener, TcpListener), GatewayError> {
    let setup: GatewaySetup = required(&folder)?;
    let listener = match mode {
        StartMode::Fresh => PublicListener::bind(&setup)?,
        StartMode::Successor => PublicListener::inherit(&setup)?,
    };
    let active = ActiveSetup::load(&folder, setup, None).await?;
    let failed =
        |error: io::Error| GatewayError::new(format!("could not listen for control requests: {error}"));
    let control = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(failed)?;
    let identity = Identity {
        process: Process::current(),
        since: clock::now(),
        executable: host::program().1,
        control: control.local_addr().map_err(failed)?,
        token: Token(format!("{}{}", clock::unique_id(), clock::unique_id())),
    };
    Ok((Arc::new(Gateway::new(folder, logs, backend, active, identity)), listener, control))
}

async fn start_serving(
    gateway: &Arc<Gateway>,
    listener: PublicListener,
    mode: StartMode,
) -> Result<(), GatewayError> {
    match mode {
        StartMode::Fresh => {
            let starting = Arc::clone(gateway);
            // The page is served meanwhile. An error is in the log and in the status.
            tokio::spawn(async move { drop(starting.start_backend().await) });
            gateway.listen(listener)?;
            systemd::notify(Notification::Ready);
        }
        StartMode::Successor => {
            if let Err(why) = gateway.start_backend().await
                && !has_broken_backend(&gateway.folder).await
            {
                return Err(why);
            }
            gateway.listen(listener)?;
            let mut stdout = io::stdout();
            // An error means that the previous gateway has exited already, which is fine.
            drop(writeln!(stdout, "{READY}").and_then(|()| stdout.flush()));
        }
    }
    Ok(())
}

/// Whether the backend of the previous gateway does not start either, so that visitors lose nothing with it.
async fn has_broken_backend(folder: &TwinFolder) -> bool {
    let Ok(previous) = ControlClient::find(folder) else { return false };
    let backend = previous.status().await.ok().and_then(|status| status.backend);
    backend.is_some_and(|backend| matches!(backend.phase, Phase::Waiting { .. }))
}

async fn wait_for_end(gateway: &Gateway) -> Ending {
    let mut ending = gateway.ending.subscribe();
    tokio::select! {
        () = host::stop_signal() => gateway.stop(),
        _ = ending.wait_for(Option::is_some) => {}
    }
    gateway.ending.borrow().unwrap_or(Ending::Stopped)
}

async fn shut_down(gateway: &Gateway, ending: Ending, alarms: Alarms, lock: Option<File>) {
    match ending {
        Ending::Stopped => {
            systemd::notify(Notification::Stopping);
            gateway.stop_accepting();
            tokio::join!(gateway.connections.close(Close::Now, STOP_TIMEOUT), alarms.stop());
            if let Err(error) = gateway.folder.remove::<Running>() {
                gateway.logs.event(Level::Warn, "could not remove running.json", json!(error.to_string()));
            }
        }
        Ending::HandedOver { successor } => {
            systemd::notify(Notification::Successor(successor));
            gateway.stop_accepting();
            let release = async {
                // The successor watches the alarms when it has the lock. Its messages must not arrive before these.
                alarms.stop().await;
                drop(lock);
            };
            tokio::join!(gateway.connections.close(Close::Gracefully, ANSWER_TIMEOUT), release);
        }
    }
}

fn lock(folder: &TwinFolder) -> Result<File, GatewayError> {
    let file = lock_file(folder)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(GatewayError::new("a gateway is already running for this twin"))
        }
        Err(std::fs::TryLockError::Error(error)) => Err(unlockable(folder, &error)),
    }
}

/// Waits for the lock. The previous gateway releases it as soon as this one has reported that it serves.
async fn inherit_lock(folder: &TwinFolder) -> Result<File, GatewayError> {
    let file = lock_file(folder)?;
    let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
    locked.map_err(io::Error::other).flatten().map_err(|error| unlockable(folder, &error))
}

fn lock_file(folder: &TwinFolder) -> Result<File, GatewayError> {
    File::create(folder.lock_file()).map_err(|error| unlockable(folder, &error))
}

fn unlockable(folder: &TwinFolder, error: &io::Error) -> GatewayError {
    GatewayError::new(format!("could not lock {}: {error}", folder.lock_file().display()))
}

async fn run_expiry(gateway: Arc<Gateway>) {
    loop {
        if let Some(memory) = gateway.memory() {
            let (folder, logs) = (gateway.folder.clone(), gateway.logs.clone());
            // Joining the task fails only if it panicked or this process stops.
            drop(tokio::task::spawn_blocking(move || expiry::run(&memory, &folder, &logs)).await);
        }
        clock::sleep(EXPIRY_INTERVAL).await;
    }
}
