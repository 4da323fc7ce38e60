//! The two logs of a twin. A thread writes them, so that a slow or full disk does not delay requests.

mod rotating;

use std::{
    path::PathBuf,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::system::clock;
pub(crate) use rotating::OLD_FILES;
use rotating::Rotating;

/// Number of lines that may wait for the disk. Further lines are dropped.
const QUEUE: usize = 4096;

/// A sender to the thread that writes the logs. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Logs(SyncSender<Message>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Info,
    Warn,
    Error,
}

#[derive(Debug)]
enum Message {
    /// A line of `twin.log`.
    Twin(String),
    /// A line of `requests.log`.
    Request(String),
    Flush(oneshot::Sender<()>),
}

impl Logs {
    pub(super) fn open(folder: PathBuf) -> Self {
        let (sender, messages) = sync_channel(QUEUE);
        thread::spawn(move || write_all(&folder, &messages));
        Self(sender)
    }

    pub(super) fn write_twin(&self, line: String) {
        self.send(Message::Twin(line));
    }

    pub(super) fn write_request(&self, line: &Value) {
        self.send(Message::Request(line.to_string()));
    }

    /// Logs an event of the gateway itself.
    pub(super) fn event(&self, level: Level, message: &str, detail: Value) {
        let level = match level {
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        };
        let mut line = json!({
            "timestamp": clock::now(),
            "level": level,
            "message": message,
            "from": "gateway",
        });
        if !detail.is_null() {
            line["detail"] = detail;
        }
        self.write_twin(line.to_string());
    }

    /// Waits until all previous lines are written.
    pub(super) async fn flush(&self) {
        let (done, written) = oneshot::channel();
        self.send(Message::Flush(done));
        // If the message was dropped, `written` resolves at once with an error.
        drop(written.await);
    }

    fn send(&self, message: Message) {
        // A full queue means that the disk is too slow. The line is dropped, so that requests do not wait.
        drop(self.0.try_send(message));
    }
}

fn write_all(folder: &std::path::Path, messages: &Receiver<Message>) {
    let mut twin = Rotating::new(folder.join("twin.log"));
    let mut requests = Rotating::new(folder.join("requests.log"));
    for message in messages {
        match message {
            Message::Twin(line) => twin.write(&line),
            Message::Request(line) => requests.write(&line),
            Message::Flush(done) => drop(done.send(())),
        }
    }
}
