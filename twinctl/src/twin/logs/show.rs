//! What was asked of a log, and the lines that answer it.

use std::time::Duration;

use jiff::Timestamp;

use super::line::LogLine;
use crate::{
    system::clock,
    ui::{Diagnostic, Exit, Mode, Ui},
};

const A_DAY: Duration = Duration::from_hours(24);

/// Which of a twin's two logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// What the twin says about its work.
    Twin,
    /// One line for each request that reached the API.
    Requests,
}

#[derive(Debug, Clone, Copy)]
pub struct Asked {
    pub source: Source,
    pub since: Duration,
    pub follow: bool,
}

/// Nothing was ever logged.
pub(crate) fn absent(name: &str) -> Diagnostic {
    Diagnostic::new(Exit::Unhealthy, format!("`{name}` has no logs yet"))
        .hint(format!("run `twinctl deploy {name}`"))
}

impl Asked {
    pub(crate) fn from(&self) -> Timestamp {
        clock::now().saturating_sub(self.since).unwrap_or(Timestamp::MIN)
    }
}

/// Shows lines as they come.
#[derive(Debug)]
pub(crate) struct Lines<'u> {
    ui: &'u Ui,
    asked: Asked,
    from: Timestamp,
    /// Of the last line that told its time: what has none belongs to it.
    recent: bool,
    shown: usize,
}

impl<'u> Lines<'u> {
    pub(crate) fn new(ui: &'u Ui, asked: Asked, from: Timestamp) -> Self {
        Self { ui, asked, from, recent: false, shown: 0 }
    }

    pub(crate) fn show(&mut self, line: &LogLine) {
        if let Some(at) = line.at {
            self.recent = at >= self.from;
        }
        if !self.recent || line.source() != self.asked.source {
            return;
        }
        let text = if self.ui.mode() == Mode::Json { Some(line.json()) } else { line.readable() };
        if let Some(text) = text {
            self.shown += 1;
            self.ui.raw(&text);
        }
    }

    /// Nobody wants more of them.
    pub(crate) fn done(&self) -> bool {
        !self.asked.follow || self.ui.unread()
    }

    /// Says so where there was nothing to show.
    pub(crate) fn end(&self) {
        if self.shown == 0 {
            let short = self.asked.since < A_DAY;
            let further = if short { "; `--since 1d` looks further back" } else { "" };
            self.ui.say(&format!("nothing was logged since {}{further}", self.from));
        }
    }
}
