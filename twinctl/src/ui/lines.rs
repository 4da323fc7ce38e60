//! Plain lines, one after the other: for logs, CI and dumb terminals.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reconcile::{Event, Observer, Outcome};
use tokio::time::Instant;

use super::{
    Show,
    board::Board,
    stream::Stream,
    words::{self, doing, first_line, things},
};
use crate::system::clock::spoken;

/// After that much silence people wonder.
const SILENCE: Duration = Duration::from_secs(10);
/// How often a log has to hear how far one node has come.
const PROGRESS: Duration = Duration::from_secs(2);

pub(super) struct Lines {
    people: Arc<Stream>,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    board: Board,
    /// Retries that were mentioned: once is enough.
    retries: HashSet<(&'static str, String)>,
    /// When each node was last heard of.
    heard: HashMap<&'static str, Instant>,
}

impl Lines {
    pub(super) fn new(people: Arc<Stream>) -> Self {
        Self { people, told: Mutex::default() }
    }

    fn told<T>(&self, look: impl FnOnce(&mut Told) -> T) -> T {
        look(&mut self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Observer for Lines {
    fn on(&self, event: Event) {
        let line = self.told(|told| {
            let now = Instant::now();
            told.board.apply(&event, now);
            told.line(&event, now)
        });
        if let Some(line) = line {
            self.people.line(&line);
        }
    }
}

impl Show for Lines {
    fn say(&self, text: &str) {
        self.people.line(text);
    }

    fn rest(&self) {
        self.told(|told| *told = Told::default());
    }

    fn tick(&self) -> Option<Duration> {
        let left = SILENCE.saturating_sub(self.people.silence());
        if !left.is_zero() {
            return Some(left);
        }
        for line in self.told(|told| told.heartbeat(Instant::now())) {
            self.people.line(&line);
        }
        Some(SILENCE)
    }
}

impl Told {
    fn line(&mut self, event: &Event, now: Instant) -> Option<String> {
        Some(match event {
            Event::Started { node, action } => {
                self.heard.insert(node, now);
                format!("{node}: {}", doing(action))
            }
            Event::Waiting { node, reason } => format!("{node}: waiting for {reason}"),
            Event::Progress { node, text } => {
                if self.heard.get(node).is_some_and(|heard| now - *heard < PROGRESS) {
                    return None;
                }
                self.heard.insert(node, now);
                format!("{node}: {text}")
            }
            Event::Retrying { node, error, .. } => {
                let error = first_line(error).to_owned();
                let line = format!("{node}: retrying: {error}");
                return self.retries.insert((node, error)).then_some(line);
            }
            Event::Finished { node, outcome, took } => finished(node, outcome, *took),
            Event::Observing { nodes } => format!("looking at {}", things(*nodes)),
            Event::Verifying { nodes } => format!("looking at {} once more", things(*nodes)),
            Event::Observed { .. } | Event::Verified => return None,
        })
    }

    fn heartbeat(&self, now: Instant) -> Vec<String> {
        let look = self.board.look.as_ref().map(|look| format!("still {}", look.text()));
        look.into_iter().chain(self.board.rows.iter().map(|row| row.sentence(now))).collect()
    }
}

fn finished(node: &str, outcome: &Outcome, took: Duration) -> String {
    let done = words::done(outcome);
    let why = done.why.map(|why| format!(": {why}")).unwrap_or_default();
    let took = if took.is_zero() { String::new() } else { format!(" ({})", spoken(took)) };
    format!("{node}: {}{took}{why}", done.word)
}
