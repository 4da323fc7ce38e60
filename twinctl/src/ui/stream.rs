//! A place to write lines to, with or without colours.

use std::{
    io::Write,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use anstream::{AutoStream, ColorChoice};
use tokio::time::Instant;

use super::{github::annotations, show::Color};

type Sink = AutoStream<Box<dyn Write + Send>>;

/// Where lines go. That nobody reads them any more is no reason to stop a deploy: failures to write are passed over.
pub(super) struct Stream {
    inner: Mutex<Inner>,
}

struct Inner {
    sink: Sink,
    reader: Reader,
    when: Instant,
    last: Last,
    /// Whoever read it has gone.
    broken: bool,
}

/// Who reads it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    Person,
    /// A runner of GitHub Actions, which obeys some lines and shows the rest to people.
    Runner,
}

/// What was written last.
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
        let reader = if annotations::is_read() { Reader::Runner } else { Reader::Person };
        Self::new(Box::new(std::io::stderr()), choice, reader)
    }

    /// For data: never coloured.
    pub(super) fn stdout() -> Self {
        Self::new(Box::new(std::io::stdout()), ColorChoice::Never, Reader::Person)
    }

    pub(super) fn new(sink: Box<dyn Write + Send>, choice: ColorChoice, reader: Reader) -> Self {
        Self {
            inner: Mutex::new(Inner {
                sink: AutoStream::new(sink, choice),
                reader,
                when: Instant::now(),
                last: Last::Nothing,
                broken: false,
            }),
        }
    }

    pub(super) fn line(&self, text: &str) {
        self.write(&self.told(text), Last::Line);
    }

    /// A line that the runner obeys.
    pub(super) fn order(&self, line: &str) {
        self.write(&format!("{line}\n"), Last::Line);
    }

    /// A line, or several, with room above and below.
    pub(super) fn paragraph(&self, text: &str) {
        self.write(&self.told(text), Last::Paragraph);
    }

    pub(super) fn reader(&self) -> Reader {
        self.lock().reader
    }

    /// The lines as they are written: nothing in them is an order.
    fn told(&self, text: &str) -> String {
        match self.reader() {
            Reader::Person => format!("{text}\n"),
            Reader::Runner => format!("{}\n", annotations::harmless(text)),
        }
    }

    /// A question: the answer is typed on the same line.
    pub(super) fn prompt(&self, text: &str) {
        self.write(&format!("{text} "), Last::Line);
    }

    /// A piece of a longer text, as it is.
    pub(super) fn part(&self, text: &str) {
        self.write(text, Last::Line);
    }

    /// Nobody reads it any more.
    pub(super) fn broken(&self) -> bool {
        self.lock().broken
    }

    /// For how long nothing was written.
    pub(super) fn silence(&self) -> Duration {
        self.lock().when.elapsed()
    }

    pub(super) fn coloured(&self) -> bool {
        self.lock().sink.current_choice() != ColorChoice::Never
    }

    fn write(&self, text: &str, what: Last) {
        let mut inner = self.lock();
        let gap = match (inner.last, what) {
            (Last::Nothing, _) | (Last::Line, Last::Line) => "",
            _ => "\n",
        };
        (inner.when, inner.last) = (Instant::now(), what);
        let text = format!("{gap}{text}");
        let written = inner.sink.write_all(text.as_bytes()).and_then(|()| inner.sink.flush());
        inner.broken |= written.is_err();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
