//! Alarms of a local twin. They are made of the lines of its logs, and reported there and to a webhook.

mod figures;
mod webhook;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde_json::json;
use tokio::{
    sync::mpsc::{self, UnboundedSender},
    task::{JoinHandle, spawn_blocking},
    time::timeout,
};

use self::{
    figures::Figures,
    webhook::{Change, Message},
};
use super::{
    logs::{Level, Logs},
    protocol::{ActiveAlarm, AlarmSetup},
    server::Gateway,
    twin_folder::TwinFolder,
};
use crate::{
    system::clock,
    twin::logs::{LogLine, Tail},
};

const INTERVAL: Duration = Duration::from_secs(5);
/// Time to send the last messages when the gateway stops.
const LAST_MESSAGES: Duration = Duration::from_secs(5);
const RAISED: &str = "an alarm went off";
const ENDED: &str = "an alarm ended";

/// The tasks that watch the logs and that notify the webhook.
#[derive(Debug)]
pub(super) struct Alarms {
    watching: JoinHandle<()>,
    notifying: JoinHandle<()>,
    logs: Logs,
}

impl Alarms {
    pub(super) fn start(gateway: &Arc<Gateway>) -> Self {
        let (queue, messages) = mpsc::unbounded_channel();
        let (logs, ending) = (gateway.logs.clone(), gateway.ending.subscribe());
        Self {
            watching: tokio::spawn(watch(Arc::clone(gateway), queue)),
            notifying: tokio::spawn(webhook::notify_all(messages, ending, logs.clone())),
            logs,
        }
    }

    /// Stops watching, and sends the messages that wait. The gateway must be ending, so that none waits for another attempt.
    pub(super) async fn stop(mut self) {
        self.watching.abort();
        // Its end closes the queue.
        drop(self.watching.await);
        if timeout(LAST_MESSAGES, &mut self.notifying).await.is_err() {
            self.notifying.abort();
            self.logs.event(Level::Warn, webhook::NOT_NOTIFIED, json!({"reason": "the gateway stopped"}));
        }
    }
}

/// Watches the logs while alarms are set, and reads nothing otherwise.
async fn watch(gateway: Arc<Gateway>, queue: UnboundedSender<Message>) {
    loop {
        gateway.alarms_set().await;
        let mut watch = Watch::new(&gateway.folder);
        let mut last = None;
        while let Some(setup) = gateway.alarms() {
            // The first read may be large. It fails only if it panicked or this process stops.
            let Ok(read) = spawn_blocking(move || watch.read()).await else { return };
            watch = read;
            let changes = watch.changes(setup.daily_tokens);
            gateway.active_alarms.send_replace(watch.on.clone());
            for change in &changes {
                report(change, &setup, &gateway.logs, &queue);
            }
            last = Some(setup);
            clock::sleep(INTERVAL).await;
        }
        // Nobody watches any more whether they are still on.
        if let Some(setup) = last {
            for (name, alarm) in watch.on {
                report(&Change { name, alarm, is_on: false }, &setup, &gateway.logs, &queue);
            }
        }
        gateway.active_alarms.send_replace(BTreeMap::new());
    }
}

/// The readers of the logs, and what they have found.
#[derive(Debug)]
struct Watch {
    twin: Tail,
    requests: Tail,
    figures: Figures,
    on: BTreeMap<String, ActiveAlarm>,
    /// Whether the lines of earlier processes have been read. They contain the alarms that are on.
    has_history: bool,
}

impl Watch {
    fn new(folder: &TwinFolder) -> Self {
        let tail = |name| Tail::new(folder.logs().join(name));
        Self {
            twin: tail("twin.log"),
            requests: tail("requests.log"),
            figures: Figures::default(),
            on: BTreeMap::new(),
            has_history: false,
        }
    }

    fn read(mut self) -> Self {
        let read = [&mut self.twin, &mut self.requests].map(Tail::read_lines);
        // After an error, the next read returns these lines, too.
        let is_complete = read.iter().all(Result::is_ok);
        for line in read.into_iter().flatten().flatten() {
            let line = LogLine::parse(&line, None);
            if !self.has_history {
                self.recall(&line);
            }
            self.figures.add(&line);
        }
        self.has_history |= is_complete;
        self
    }

    /// Takes over an alarm of an earlier process, so that it is not reported again.
    fn recall(&mut self, line: &LogLine) {
        let Some(fields) = line.fields() else { return };
        let message = fields.get("message").and_then(|message| message.as_str());
        let detail = |name: &str| Some(fields.get("detail")?.get(name)?.as_str()?.to_owned());
        match (message, line.at, detail("alarm")) {
            (Some(RAISED), Some(since), Some(name)) => {
                let reason = detail("reason").unwrap_or_default();
                self.on.insert(name, ActiveAlarm { since, reason });
            }
            (Some(ENDED), _, Some(name)) => drop(self.on.remove(&name)),
            _ => {}
        }
    }

    fn changes(&mut self, daily_tokens: Option<u32>) -> Vec<Change> {
        if !self.has_history {
            return Vec::new();
        }
        let now = clock::now();
        let due = self.figures.due(now, daily_tokens);
        let ended = self.on.extract_if(.., |name, _| !due.contains_key(name.as_str()));
        let mut changes: Vec<_> = ended.map(|(name, alarm)| Change { name, alarm, is_on: false }).collect();
        for (name, reason) in due {
            if !self.on.contains_key(name) {
                let alarm = ActiveAlarm { since: now, reason };
                self.on.insert(name.to_owned(), alarm.clone());
                changes.push(Change { name: name.to_owned(), alarm, is_on: true });
            }
        }
        changes
    }
}

fn report(change: &Change, setup: &AlarmSetup, logs: &Logs, queue: &UnboundedSender<Message>) {
    let detail = json!({ "alarm": change.name, "reason": change.alarm.reason });
    let (level, message) = if change.is_on { (Level::Warn, RAISED) } else { (Level::Info, ENDED) };
    logs.event(level, message, detail);
    if let Some(message) = Message::about(change, setup) {
        // The receiver ends after all senders.
        let _ = queue.send(message);
    }
}

#[cfg(test)]
mod tests;
