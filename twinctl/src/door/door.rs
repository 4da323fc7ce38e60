//! The door itself: what it serves, where, and what it can be told.

use std::{
    net::SocketAddr,
    sync::{Arc, PoisonError, RwLock},
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
use crate::surroundings::Process;

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
    /// Held by whoever changes something: one at a time.
    desk: Mutex<Desk>,
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

#[derive(Debug)]
struct Desk {
    entrance: Entrance,
    accepting: Option<AbortHandle>,
    secrets: Secrets,
}

impl Door {
    pub(super) fn new(
        place: Place,
        logs: Logs,
        backend: Backend,
        serving: Serving,
        entrance: Entrance,
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
            desk: Mutex::new(Desk { entrance, accepting: None, secrets: Secrets::default() }),
        }
    }

    fn serving(&self) -> Arc<Serving> {
        Arc::clone(&self.serving.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Lets visitors in, and writes down where.
    pub(super) async fn open(self: &Arc<Self>) -> Result<(), Refusal> {
        let mut desk = self.desk.lock().await;
        self.accept(&mut desk)
    }

    /// Visitors who are inside stay.
    pub(super) async fn close(&self) {
        let mut desk = self.desk.lock().await;
        if let Some(accepting) = desk.accepting.take() {
            accepting.abort();
        }
    }

    fn accept(self: &Arc<Self>, desk: &mut Desk) -> Result<(), Refusal> {
        let refuse = |error: std::io::Error| Refusal::new(format!("cannot listen: {error}"));
        let listener = desk.entrance.listener().map_err(refuse)?;
        let address = desk.entrance.address().map_err(refuse)?;
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
        if let Some(before) = desk.accepting.replace(task.abort_handle()) {
            before.abort();
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

    pub(super) async fn status(&self) -> Result<DoorStatus, Refusal> {
        let address = self.desk.lock().await.entrance.address();
        Ok(DoorStatus {
            process: self.identity.process.clone(),
            address: address.map_err(|error| Refusal::new(error.to_string()))?,
            since: self.identity.since,
            executable: self.identity.executable.clone(),
            setup: self.serving().setup.clone(),
            backend: self.backend.status(),
            requests: self.counters.read(),
        })
    }

    /// Serves what the files say from now on. A part that is refused stays as it was.
    pub(super) async fn reload(self: &Arc<Self>, secrets: Secrets) -> Result<(), Refusal> {
        let mut desk = self.desk.lock().await;
        let setup: DoorSetup = required(&self.place)?;
        let before = self.serving();
        let serving = Serving::load(&self.place, setup, Some(&before)).await?;
        if !desk.entrance.serves(&serving.setup) {
            desk.entrance = Entrance::open(&serving.setup)?;
            self.accept(&mut desk)?;
        }
        *self.serving.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(serving);
        let other_secrets = !secrets.0.is_empty() && secrets != desk.secrets;
        if other_secrets {
            desk.secrets = secrets;
        }
        self.change_backend(&desk.secrets, other_secrets).await
    }

    /// Brings the backend to what its file says, and answers when it is there.
    pub(super) async fn start_backend(&self) -> Result<(), Refusal> {
        let desk = self.desk.lock().await;
        self.change_backend(&desk.secrets, false).await
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
        let desk = self.desk.lock().await;
        let socket = desk.entrance.descriptor().map_err(|error| Refusal::new(error.to_string()))?;
        let successor = successor::start(executable, &self.place, socket, &desk.secrets).await?;
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
