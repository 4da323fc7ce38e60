//! Selects and prints the lines of a log.

use std::time::Duration;

use jiff::Timestamp;

use super::line::{LogLine, Source};
use crate::{
    system::clock,
    ui::{Diagnostic, Exit, Mode, Ui},
};

const DAY: Duration = Duration::from_hours(24);

/// Which lines to show.
#[derive(Debug, Clone)]
pub struct LogQuery {
    pub source: Source,
    pub since: Duration,
    pub follow: bool,
    /// Show only errors.
    pub errors: bool,
    /// Show only the lines of the request with this correlation ID.
    pub correlation: Option<String>,
}

/// Returns the error for a twin without logs.
pub(crate) fn no_logs(name: &str) -> Diagnostic {
    Diagnostic::new(Exit::Unhealthy, format!("`{name}` has no logs yet"))
        .hint(format!("run `twinctl deploy {name}`"))
}

impl LogQuery {
    /// Returns the time of the oldest line to show.
    pub(crate) fn from(&self) -> Timestamp {
        clock::now().saturating_sub(self.since).unwrap_or(Timestamp::MIN)
    }

    fn includes(&self, line: &LogLine) -> bool {
        line.source() == self.source
            && (!self.errors || line.is_error())
            && self.correlation.as_deref().is_none_or(|id| line.correlation_id() == Some(id))
    }
}

/// Prints the lines that match a query.
#[derive(Debug)]
pub(crate) struct LogPrinter<'u> {
    ui: &'u Ui,
    query: LogQuery,
    from: Timestamp,
    /// Whether the last line with a time is shown. Lines without a time belong to it.
    recent: bool,
    printed: usize,
}

impl<'u> LogPrinter<'u> {
    pub(crate) fn new(ui: &'u Ui, query: LogQuery, from: Timestamp) -> Self {
        Self { ui, query, from, recent: false, printed: 0 }
    }

    pub(crate) fn print(&mut self, line: &LogLine) {
        if let Some(at) = line.at {
            self.recent = at >= self.from;
        }
        if !self.recent || !self.query.includes(line) {
            return;
        }
        let text = if self.ui.mode() == Mode::Json { Some(line.json()) } else { line.readable() };
        if let Some(text) = text {
            self.printed += 1;
            self.ui.raw(&text);
        }
    }

    /// Returns whether to stop, after the existing lines or because the output is closed.
    pub(crate) fn done(&self) -> bool {
        !self.query.follow || self.ui.stdout_closed()
    }

    /// Reports if no line was printed.
    pub(crate) fn finish(&self) {
        if self.printed == 0 {
            let hint = if self.query.since < DAY { "; use `--since 1d` to see older lines" } else { "" };
            let all = !self.query.errors && self.query.correlation.is_none();
            let lines = if all { "log lines" } else { "matching log lines" };
            self.ui.say(&format!("no {lines} since {}{hint}", self.from));
        }
    }
}
