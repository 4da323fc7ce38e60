//! The door itself: what it serves, where, and what it can be told.

use std::{
    net::SocketAddr,
    sync::{Arc, MutexGuard, PoisonError, RwLock},
};

use jiff::Timestamp;
use serde_json::json;
use tokio::{
    sync::{Mutex, watch},
    task::AbortHandle,
};

use super::{
    backend::{Backend, Change},
    body::{Counters, Record},
    connections::Connections,
    entrance::Entrance,
    logs::{Level, Logs},
    place::{Document, Place},
    protocol::{
        BackendSetup, BackendStatus, DoorSetup, DoorStatus, Expiry, Phase, Refusal, Running, Secrets, Token,
    },
    serving::Serving,
    successor,
};
use crate::system::host::Process;

/// Why the door ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Stopped,
    /// This process serves in its stead.
    HandedOver {
        successor: u32,
    },
}

#[derive(Debug)]
pub(super) struct Door {
    pub(super) place: Place,
    pub(super) logs: Logs,
    pub(super) connections: Connections,
    pub(super) ending: watch::Sender<Option<Ending>>,
    pub(super) identity: Identity,
    counters: Arc<Counters>,
    backend: Backend,
    serving: RwLock<Arc<Serving>>,
    opened: std::sync::Mutex<Option<Opened>>,
    /// Kept in memory only. Held by whoever changes something: one at a time.
    secrets: Mutex<Secrets>,
}

#[derive(Debug)]
struct Opened {
    entrance: Entrance,
    address: SocketAddr,
    accepting: AbortHandle,
}

/// What stays the same for as long as the process lives.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) process: Process,
    pub(super) since: Timestamp,
    pub(super) executable: String,
    pub(super) control: SocketAddr,
    pub(super) token: Token,
}

impl Door {
    pub(super) fn new(
        place: Place,
        logs: Logs,
        backend: Backend,
        serving: Serving,
        identity: Identity,
    ) -> Self {
        Self {
            place,
            logs,
            connections: Connections::new(),
            ending: watch::Sender::new(None),
            identity,
            counters: Arc::default(),
            backend,
            serving: RwLock::new(Arc::new(serving)),
            opened: std::sync::Mutex::default(),
            secrets: Mutex::default(),
        }
    }

    fn serving(&self) -> Arc<Serving> {
        Arc::clone(&self.serving.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn opened(&self) -> MutexGuard<'_, Option<Opened>> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Visitors who are inside stay.
    pub(super) fn close(&self) {
        if let Some(opened) = self.opened().take() {
            opened.accepting.abort();
        }
    }

    /// Lets visitors in here, and nowhere else any more, and writes down where that is.
    pub(super) fn open(self: &Arc<Self>, entrance: Entrance) -> Result<(), Refusal> {
        let refuse = |error: std::io::Error| Refusal::new(format!("cannot listen: {error}"));
        let listener = entrance.listener().map_err(refuse)?;
        let address = entrance.address().map_err(refuse)?;
        self.place.write(&self.running(address)).map_err(|error| broken(&error))?;
        let door = Arc::clone(self);
        let task = tokio::spawn(async move {
            let serve = |visitor: SocketAddr| {
                let door = Arc::clone(&door);
                move |request| {
                    let door = Arc::clone(&door);
                    async move {
                        let record = Record::new(&request, &door.counters, &door.logs);
                        door.serving().answer(&door.backend, request, visitor.ip(), record).await
                    }
                }
            };
            door.connections.accept(listener, serve).await;
        });
        let opened = Opened { entrance, address, accepting: task.abort_handle() };
        if let Some(before) = self.opened().replace(opened) {
            before.accepting.abort();
        }
        self.logs.say(Level::Info, "the door is open", json!({"address": address}));
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

    /// Never waits for a change that somebody makes.
    pub(super) fn status(&self) -> Result<DoorStatus, Refusal> {
        let address = self.opened().as_ref().map(|opened| opened.address);
        Ok(DoorStatus {
            process: self.identity.process.clone(),
            address: address.ok_or_else(|| Refusal::new("the front door is not open"))?,
            since: self.identity.since,
            executable: self.identity.executable.clone(),
            setup: self.serving().setup.clone(),
            backend: self.backend.status(),
            requests: self.counters.read(),
        })
    }

    /// Serves what the files say from now on. A part that is refused stays as it was.
    pub(super) async fn reload(self: &Arc<Self>, secrets: Secrets) -> Result<(), Refusal> {
        let mut known = self.secrets.lock().await;
        let setup: DoorSetup = required(&self.place)?;
        let before = self.serving();
        let serving = Serving::load(&self.place, setup, Some(&before)).await?;
        let stays = self.opened().as_ref().is_some_and(|opened| opened.entrance.serves(&serving.setup));
        if !stays {
            self.open(Entrance::open(&serving.setup)?)?;
        }
        *self.serving.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(serving);
        let other_secrets = !secrets.0.is_empty() && secrets != *known;
        if other_secrets {
            *known = secrets;
        }
        self.change_backend(&known, other_secrets).await
    }

    /// Brings the backend to what its file says, and answers when it is there.
    pub(super) async fn start_backend(&self) -> Result<(), Refusal> {
        let secrets = self.secrets.lock().await;
        self.change_backend(&secrets, false).await
    }

    async fn change_backend(&self, secrets: &Secrets, other_secrets: bool) -> Result<(), Refusal> {
        let Some(setup) = self.place.read::<BackendSetup>().map_err(|error| broken(&error))? else {
            return Ok(());
        };
        let runs = |status: BackendStatus| {
            status.fingerprint == setup.fingerprint && matches!(status.phase, Phase::Ready { .. })
        };
        if !other_secrets && self.backend.status().is_some_and(runs) {
            return Ok(());
        }
        self.backend.change(Change { setup, secrets: secrets.clone() }).await
    }

    /// Lets another executable take over, and ends when it has.
    pub(super) async fn hand_over(&self, executable: &std::path::Path) -> Result<(), Refusal> {
        let secrets = self.secrets.lock().await;
        let socket = self.opened().as_ref().map(|opened| opened.entrance.descriptor());
        let socket = socket.ok_or_else(|| Refusal::new("the front door is not open"))?;
        let socket = socket.map_err(|error| Refusal::new(error.to_string()))?;
        let successor = successor::start(executable, &self.place, socket, &secrets).await?;
        self.ending.send_replace(Some(Ending::HandedOver { successor }));
        Ok(())
    }

    /// Which conversations are to go when they get old.
    pub(super) fn memory(&self) -> Option<Expiry> {
        self.serving().setup.memory.clone()
    }

    pub(super) fn stop(&self) {
        self.ending.send_if_modified(|ending| ending.replace(Ending::Stopped).is_none());
    }
}

pub(super) fn broken(error: &super::PlaceError) -> Refusal {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
    Refusal::new(format!("{error}{}", cause.unwrap_or_default()))
}

pub(super) fn required<D: Document>(place: &Place) -> Result<D, Refusal> {
    let missing = || Refusal::new(format!("{} has no {}", place.folder().display(), D::FILE));
    place.read().map_err(|error| broken(&error))?.ok_or_else(missing)
}
