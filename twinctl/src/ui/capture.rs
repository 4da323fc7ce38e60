//! A `Ui` whose output is captured. Tests only.

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

/// A captured output stream.
#[derive(Clone, Default)]
pub(crate) struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Captured {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap()
    }
}

/// Returns a `Ui` and its captured stderr and stdout.
pub(crate) fn captured(mode: Mode) -> (Ui, Captured, Captured) {
    captured_for(Reader::Person, mode)
}

/// Returns a `Ui` as on a GitHub Actions runner, and its captured stderr and stdout.
pub(crate) fn captured_on_runner(mode: Mode) -> (Ui, Captured, Captured) {
    captured_for(Reader::Runner, mode)
}

fn captured_for(reader: Reader, mode: Mode) -> (Ui, Captured, Captured) {
    let (people, data) = (Captured::default(), Captured::default());
    let stream =
        |output: &Captured, reader| Stream::new(Box::new(output.clone()), ColorChoice::Never, reader);
    (Ui::on(mode, stream(&people, reader), stream(&data, Reader::Person), None), people, data)
}
