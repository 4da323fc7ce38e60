//! An output stream for lines, with or without colors.

use std::{
    io::Write,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anstream::{AutoStream, ColorChoice};
use tokio::time::Instant;

use super::{github::annotations, show::Color};

type Sink = AutoStream<Box<dyn Write + Send>>;

/// An output stream. Write errors are ignored, because a closed terminal is no reason to stop a deployment.
pub(super) struct Stream {
    inner: Mutex<Inner>,
}

struct Inner {
    sink: Sink,
    reader: Reader,
    last_write: Instant,
    last: Last,
    /// Whether a write failed because the reader is gone.
    closed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    Person,
    /// A GitHub Actions runner, which executes some lines as workflow commands.
    Runner,
}

/// The kind of the last output.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Line,
    Paragraph,
}

impl Stream {
    pub(super) fn stderr(color: Color) -> Self {
        let choice = match color {
            Color::Auto => AutoStream::choice(&std::io::stderr()),
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        let reader = if annotations::in_github_actions() { Reader::Runner } else { Reader::Person };
        Self::new(Box::new(std::io::stderr()), choice, reader)
    }

    /// Returns the stream for results, which are never colored.
    pub(super) fn stdout() -> Self {
        Self::new(Box::new(std::io::stdout()), ColorChoice::Never, Reader::Person)
    }

    pub(super) fn new(sink: Box<dyn Write + Send>, choice: ColorChoice, reader: Reader) -> Self {
        Self {
            inner: Mutex::new(Inner {
                sink: AutoStream::new(sink, choice),
                reader,
                last_write: Instant::now(),
                last: Last::Nothing,
                closed: false,
            }),
        }
    }

    pub(super) fn line(&self, text: &str) {
        self.write(&self.escaped(text), Last::Line);
    }

    /// Prints a workflow command, which the runner executes.
    pub(super) fn workflow_command(&self, line: &str) {
        self.write(&format!("{line}\n"), Last::Line);
    }

    /// Prints lines with a blank line above and below.
    pub(super) fn paragraph(&self, text: &str) {
        self.write(&self.escaped(text), Last::Paragraph);
    }

    pub(super) fn reader(&self) -> Reader {
        self.lock().reader
    }

    /// Escapes workflow commands if a runner reads the stream.
    fn escaped(&self, text: &str) -> String {
        match self.reader() {
            Reader::Person => format!("{text}\n"),
            Reader::Runner => format!("{}\n", annotations::without_commands(text)),
        }
    }

    /// Prints a question. The answer is typed on the same line.
    pub(super) fn prompt(&self, text: &str) {
        self.write(&format!("{text} "), Last::Line);
    }

    /// Prints a chunk of a longer text, unchanged.
    pub(super) fn chunk(&self, text: &str) {
        self.write(text, Last::Line);
    }

    /// Whether the reader has closed the stream.
    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Returns the time since the last write.
    pub(super) fn silence(&self) -> Duration {
        self.lock().last_write.elapsed()
    }

    pub(super) fn is_colored(&self) -> bool {
        self.lock().sink.current_choice() != ColorChoice::Never
    }

    fn write(&self, text: &str, what: Last) {
        let mut inner = self.lock();
        let gap = match (inner.last, what) {
            (Last::Nothing, _) | (Last::Line, Last::Line) => "",
            _ => "\n",
        };
        (inner.last_write, inner.last) = (Instant::now(), what);
        let text = format!("{gap}{text}");
        let written = inner.sink.write_all(text.as_bytes()).and_then(|()| inner.sink.flush());
        inner.closed |= written.is_err();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
