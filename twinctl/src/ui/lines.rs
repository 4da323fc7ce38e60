//! Plain lines, for logs, CI and dumb terminals.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use reconcile::{Event, Observer, Outcome};
use tokio::time::Instant;

use super::{
    board::Board,
    show::Show,
    stream::Stream,
    words::{self, counted, doing, first_line},
};
use crate::system::clock::human_duration;

/// How long the output may stay silent before it repeats what is running.
const SILENCE: Duration = Duration::from_secs(10);
/// Minimum interval between progress lines of one resource.
const PROGRESS: Duration = Duration::from_secs(2);

pub(super) struct Lines {
    people: Arc<Stream>,
    progress: Mutex<Progress>,
    prints_progress: bool,
}

#[derive(Default)]
struct Progress {
    board: Board,
    /// The retries that were printed, so that each is printed once.
    retries: HashSet<(&'static str, String)>,
    /// When each resource last printed a line.
    last_line: HashMap<&'static str, Instant>,
}

impl Lines {
    pub(super) fn new(people: Arc<Stream>) -> Self {
        Self { people, progress: Mutex::default(), prints_progress: true }
    }

    /// Prints messages but no progress.
    pub(super) fn without_progress(people: Arc<Stream>) -> Self {
        Self { prints_progress: false, ..Self::new(people) }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Lines {
    fn on(&self, event: Event) {
        if !self.prints_progress {
            return;
        }
        let now = Instant::now();
        let mut progress = self.progress();
        progress.board.apply(&event, now);
        let line = progress.line(&event, now);
        drop(progress);
        if let Some(line) = line {
            self.people.line(&line);
        }
    }
}

impl Show for Lines {
    fn say(&self, text: &str) {
        self.people.line(text);
    }

    fn stop_progress(&self) {
        *self.progress() = Progress::default();
    }

    fn tick(&self) -> Option<Duration> {
        let left = SILENCE.saturating_sub(self.people.silence());
        if !left.is_zero() {
            return Some(left);
        }
        let lines = self.progress().still_running(Instant::now());
        for line in lines {
            self.people.line(&line);
        }
        Some(SILENCE)
    }
}

impl Progress {
    fn line(&mut self, event: &Event, now: Instant) -> Option<String> {
        Some(match event {
            Event::Started { node, action } => {
                self.last_line.insert(node, now);
                format!("{node}: {}", doing(action))
            }
            Event::Waiting { node, reason } => format!("{node}: waiting for {reason}"),
            Event::Progress { node, text } => {
                if self.last_line.get(node).is_some_and(|last| now - *last < PROGRESS) {
                    return None;
                }
                self.last_line.insert(node, now);
                format!("{node}: {text}")
            }
            Event::Retrying { node, error, .. } => {
                let error = first_line(error).to_owned();
                let line = format!("{node}: retrying: {error}");
                return self.retries.insert((node, error)).then_some(line);
            }
            Event::Finished { node, outcome, took } => finished(node, outcome, *took),
            Event::Observing { nodes } => format!("checking {}", counted(*nodes, "resource")),
            Event::Verifying { nodes } => format!("verifying {}", counted(*nodes, "resource")),
            Event::Observed { .. } | Event::Verified => return None,
        })
    }

    fn still_running(&self, now: Instant) -> Vec<String> {
        let check = self.board.check.as_ref().map(|check| format!("still {}", check.text()));
        check.into_iter().chain(self.board.rows.iter().map(|row| row.sentence(now))).collect()
    }
}

fn finished(node: &str, outcome: &Outcome, took: Duration) -> String {
    let done = words::done(outcome);
    let why = done.why.map(|why| format!(": {why}")).unwrap_or_default();
    let took = if took.is_zero() { String::new() } else { format!(" ({})", human_duration(took)) };
    format!("{node}: {}{took}{why}", done.word)
}
