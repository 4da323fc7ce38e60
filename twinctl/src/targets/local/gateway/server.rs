//! The gateway's server: what it serves and on which socket.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, MutexGuard, PoisonError, RwLock},
};

use jiff::Timestamp;
use serde_json::json;
use tokio::{
    sync::{Mutex, Notify, watch},
    task::AbortHandle,
};

use super::{
    active_setup::ActiveSetup,
    backend::{Backend, Change},
    connections::Connections,
    launch::launch_successor,
    logs::{Level, Logs},
    protocol::{
        ActiveAlarm, AlarmSetup, BackendSetup, BackendStatus, CanaryStep, Expiry, GatewayError, GatewaySetup,
        GatewayStatus, Phase, Reload, Reloaded, Running, Secrets, Token,
    },
    public_listener::PublicListener,
    question,
    request_record::{Counters, RequestRecord},
    twin_folder::{Document, TwinFolder},
};
use crate::{system::host::Process, twin::question::Report};

/// Why the gateway exits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Stopped,
    /// Another process has taken over.
    HandedOver {
        successor: u32,
    },
}

#[derive(Debug)]
pub(super) struct Gateway {
    pub(super) folder: TwinFolder,
    pub(super) logs: Logs,
    pub(super) connections: Connections,
    pub(super) ending: watch::Sender<Option<Ending>>,
    pub(super) identity: Identity,
    pub(super) active_alarms: watch::Sender<BTreeMap<String, ActiveAlarm>>,
    reloaded: Notify,
    counters: Arc<Counters>,
    backend: Backend,
    active: RwLock<Arc<ActiveSetup>>,
    listening: std::sync::Mutex<Option<Listening>>,
    /// Kept in memory only. The mutex also serializes reloads and handovers.
    secrets: Mutex<Secrets>,
}

#[derive(Debug)]
struct Listening {
    listener: PublicListener,
    address: SocketAddr,
    accepting: AbortHandle,
}

/// Properties that do not change while the process runs.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) process: Process,
    pub(super) since: Timestamp,
    pub(super) executable: String,
    pub(super) control: SocketAddr,
    pub(super) token: Token,
}

impl Gateway {
    pub(super) fn new(
        folder: TwinFolder,
        logs: Logs,
        backend: Backend,
        active: ActiveSetup,
        identity: Identity,
    ) -> Self {
        Self {
            folder,
            logs,
            connections: Connections::new(),
            ending: watch::Sender::new(None),
            identity,
            active_alarms: watch::Sender::default(),
            reloaded: Notify::new(),
            counters: Arc::default(),
            backend,
            active: RwLock::new(Arc::new(active)),
            listening: std::sync::Mutex::default(),
            secrets: Mutex::default(),
        }
    }

    fn active(&self) -> Arc<ActiveSetup> {
        Arc::clone(&self.active.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn listening(&self) -> MutexGuard<'_, Option<Listening>> {
        self.listening.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops accepting connections. Open ones are not closed.
    pub(super) fn stop_accepting(&self) {
        if let Some(listening) = self.listening().take() {
            listening.accepting.abort();
        }
    }

    /// Accepts connections on this socket instead of the previous one, and writes `running.json`.
    pub(super) fn listen(self: &Arc<Self>, listener: PublicListener) -> Result<(), GatewayError> {
        let failed = |error: std::io::Error| GatewayError::new(format!("could not listen: {error}"));
        let socket = listener.to_tokio().map_err(failed)?;
        let address = listener.address().map_err(failed)?;
        self.folder.write(&self.running(address))?;
        let gateway = Arc::clone(self);
        let task = tokio::spawn(async move {
            let serve = |client: SocketAddr| {
                let place = gateway.active().place_for_connection(client.ip())?;
                let gateway = Arc::clone(&gateway);
                Some(move |request| {
                    let _until_closed = &place;
                    let gateway = Arc::clone(&gateway);
                    async move {
                        let record = RequestRecord::new(&request, &gateway.counters, &gateway.logs);
                        gateway.active().respond(&gateway.backend, request, client.ip(), record).await
                    }
                })
            };
            gateway.connections.accept(socket, serve).await;
        });
        let listening = Listening { listener, address, accepting: task.abort_handle() };
        if let Some(previous) = self.listening().replace(listening) {
            previous.accepting.abort();
        }
        self.logs.event(Level::Info, "the gateway is listening", json!({"address": address}));
        Ok(())
    }

    fn running(&self, address: SocketAddr) -> Running {
        Running {
            process: self.identity.process.clone(),
            control: self.identity.control,
            token: self.identity.token.clone(),
            executable: self.identity.executable.clone(),
            address,
        }
    }

    /// Returns the status. It does not wait for a change that is in progress.
    pub(super) fn status(&self) -> Result<GatewayStatus, GatewayError> {
        let address = self.listening().as_ref().map(|listening| listening.address);
        Ok(GatewayStatus {
            process: self.identity.process.clone(),
            folder: Some(self.folder.path().to_owned()),
            address: address.ok_or_else(|| GatewayError::new("the gateway is not listening yet"))?,
            since: self.identity.since,
            executable: self.identity.executable.clone(),
            setup: self.active().setup.clone(),
            backend: self.backend.status(),
            requests: self.counters.read(),
            alarms: self.active_alarms.borrow().clone(),
        })
    }

    /// Reads the files again, and replaces the setup and the backend. If loading one of them fails, the previous one is
    /// kept. If `ask` is set, the same holds for a new backend that cannot answer a question.
    pub(super) async fn reload(self: &Arc<Self>, request: Reload) -> Result<Option<Report>, GatewayError> {
        let mut known_secrets = self.secrets.lock().await;
        let setup: GatewaySetup = required(&self.folder)?;
        let previous = self.active();
        let active = ActiveSetup::load(&self.folder, setup, Some(&previous)).await?;
        let same_socket =
            self.listening().as_ref().is_some_and(|listening| listening.listener.matches(&active.setup));
        if !same_socket {
            self.listen(PublicListener::bind(&active.setup)?)?;
        }
        *self.active.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(active);
        self.reloaded.notify_one();
        let Reload { secrets, ask, keep_backend } = request;
        if keep_backend {
            return Ok(None);
        }
        let new_secrets = !secrets.0.is_empty() && secrets != *known_secrets;
        if new_secrets {
            *known_secrets = secrets;
        }
        self.change_backend(&known_secrets, new_secrets, ask).await
    }

    /// Starts the backend that `backend.json` specifies, and waits until it is healthy.
    pub(super) async fn start_backend(&self) -> Result<(), GatewayError> {
        let secrets = self.secrets.lock().await;
        self.change_backend(&secrets, false, false).await.map(drop)
    }

    async fn change_backend(
        &self,
        secrets: &Secrets,
        new_secrets: bool,
        ask: bool,
    ) -> Result<Option<Report>, GatewayError> {
        let Some(setup) = self.folder.read::<BackendSetup>()? else {
            return Ok(None);
        };
        let is_current = |status: BackendStatus| {
            status.fingerprint == setup.fingerprint && matches!(status.phase, Phase::Ready { .. })
        };
        if !new_secrets && self.backend.status().is_some_and(is_current) {
            return Ok(None);
        }
        let change = Change { setup, secrets: secrets.clone() };
        let report = self.ask(&change, question::Backend::New, ask).await?;
        if let Some(report) = &report {
            question::check(report, self.backend.status().is_none())?;
        }
        self.backend.change(change).await?;
        Ok(report)
    }

    async fn ask(
        &self,
        change: &Change,
        backend: question::Backend,
        ask: bool,
    ) -> Result<Option<Report>, GatewayError> {
        if !ask {
            return Ok(None);
        }
        question::ask(change, backend, self.folder.path(), &self.logs).await
    }

    /// Starts, checks or stops a second backend.
    pub(super) async fn canary(&self, step: CanaryStep) -> Result<Reloaded, GatewayError> {
        let known_secrets = self.secrets.lock().await;
        let question = match step {
            CanaryStep::Begin { setup, secrets, percent, ask } => {
                let secrets = if secrets.0.is_empty() { known_secrets.clone() } else { secrets };
                let change = Change { setup: *setup, secrets };
                let report = self.ask(&change, question::Backend::New, ask).await?;
                if let Some(report) = &report {
                    question::check(report, false)?;
                }
                self.backend.begin_canary(change, percent).await?;
                report
            }
            CanaryStep::Check { ask } => {
                let change = self.backend.check_canary().await?;
                self.ask(&change, question::Backend::Running, ask).await?
            }
            CanaryStep::End => {
                let before = Reloaded { status: self.status()?, question: None };
                return self.backend.end_canary().await.map(|()| before);
            }
        };
        Ok(Reloaded { status: self.status()?, question })
    }

    /// Starts a gateway that runs `executable`. This one exits when the new one has taken over.
    pub(super) async fn hand_over(
        self: &Arc<Self>,
        executable: &std::path::Path,
    ) -> Result<(), GatewayError> {
        let secrets = self.secrets.lock().await;
        let socket = self.listening().as_ref().map(|listening| listening.listener.to_stdin());
        let socket = socket.ok_or_else(|| GatewayError::new("the gateway is not listening yet"))?;
        let socket = socket.map_err(|error| GatewayError::new(error.to_string()))?;
        if cfg!(windows) {
            self.stop_accepting();
        }
        let successor = launch_successor(executable, &self.folder, socket, &secrets).await;
        if cfg!(windows) && successor.is_err() {
            self.listen(PublicListener::bind(&self.active().setup)?)?;
        }
        let successor = successor?;
        self.ending.send_replace(Some(Ending::HandedOver { successor }));
        Ok(())
    }

    /// Returns the expiry of conversations, if one is set.
    pub(super) fn memory(&self) -> Option<Expiry> {
        self.active().setup.memory.clone()
    }

    pub(super) fn alarms(&self) -> Option<AlarmSetup> {
        self.active().setup.alarms.clone()
    }

    /// Waits until alarms are set.
    pub(super) async fn alarms_set(&self) {
        while self.alarms().is_none() {
            self.reloaded.notified().await;
        }
    }

    pub(super) fn stop(&self) {
        self.ending.send_if_modified(|ending| ending.replace(Ending::Stopped).is_none());
    }
}

/// Reads a file without which the gateway cannot run.
pub(super) fn required<D: Document>(folder: &TwinFolder) -> Result<D, GatewayError> {
    let missing = || GatewayError::new(format!("{} has no {}", folder.path().display(), D::FILE));
    folder.read()?.ok_or_else(missing)
}
