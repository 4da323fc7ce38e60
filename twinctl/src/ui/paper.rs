//! A user interface that writes on paper. Tests only.

use std::{
    io::Write,
    sync::{Arc, Mutex, PoisonError},
};

use anstream::ColorChoice;

use super::{
    console::Ui,
    show::Mode,
    stream::{Reader, Stream},
};

/// Keeps what is written.
#[derive(Clone, Default)]
pub(crate) struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Paper {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap()
    }
}

/// A user interface that writes on paper: for people, and data.
pub(crate) fn on_paper(mode: Mode) -> (Ui, Paper, Paper) {
    read_by(Reader::Person, mode)
}

/// The same on a runner of GitHub Actions.
pub(crate) fn on_runner(mode: Mode) -> (Ui, Paper, Paper) {
    read_by(Reader::Runner, mode)
}

fn read_by(reader: Reader, mode: Mode) -> (Ui, Paper, Paper) {
    let (people, data) = (Paper::default(), Paper::default());
    let stream = |paper: &Paper, reader| Stream::new(Box::new(paper.clone()), ColorChoice::Never, reader);
    (Ui::on(mode, stream(&people, reader), stream(&data, Reader::Person), None), people, data)
}
