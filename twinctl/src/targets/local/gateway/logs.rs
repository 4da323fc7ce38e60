//! The two logs of a place, written by a thread of their own: a disk that is full or slow holds up no request.

mod rotating;

use std::{
    path::PathBuf,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::system::clock;
use rotating::Rotating;

/// Lines that may wait for the disk. What comes after them is lost.
const WAITING: usize = 4096;

/// Where lines go. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Logs(SyncSender<Order>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Info,
    Warn,
    Error,
}

#[derive(Debug)]
enum Order {
    /// A line of the backend, or about it.
    Twin(String),
    Request(String),
    Flush(oneshot::Sender<()>),
}

impl Logs {
    pub(super) fn open(folder: PathBuf) -> Self {
        let (sender, orders) = sync_channel(WAITING);
        thread::spawn(move || write_all(&folder, &orders));
        Self(sender)
    }

    pub(super) fn twin(&self, line: String) {
        self.send(Order::Twin(line));
    }

    pub(super) fn request(&self, line: &Value) {
        self.send(Order::Request(line.to_string()));
    }

    /// Something that the front door did itself.
    pub(super) fn say(&self, level: Level, message: &str, detail: Value) {
        let level = match level {
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        };
        let mut line = json!({
            "timestamp": clock::now(),
            "level": level,
            "message": message,
            "from": "front door",
        });
        if !detail.is_null() {
            line["detail"] = detail;
        }
        self.twin(line.to_string());
    }

    /// Resolves when everything before it is written.
    pub(super) async fn flush(&self) {
        let (done, written) = oneshot::channel();
        self.send(Order::Flush(done));
        // Where it could not be sent there is nothing to wait for.
        drop(written.await);
    }

    fn send(&self, order: Order) {
        // Full: the disk does not keep up, and visitors are not made to wait for it.
        drop(self.0.try_send(order));
    }
}

fn write_all(folder: &std::path::Path, orders: &Receiver<Order>) {
    let mut twin = Rotating::new(folder.join("twin.log"));
    let mut requests = Rotating::new(folder.join("requests.log"));
    for order in orders {
        match order {
            Order::Twin(line) => twin.write(&line),
            Order::Request(line) => requests.write(&line),
            Order::Flush(done) => drop(done.send(())),
        }
    }
}
