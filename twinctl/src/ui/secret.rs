//! Hidden input at the terminal.

use std::{
    io::{BufRead as _, StdinLock},
    os::fd::{AsFd as _, BorrowedFd},
};

use persona::SecretString;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// Reads one line without echoing it. Calls `ask` when the echo is off. Returns `None` at the end of the input.
pub(super) fn typed(mut input: StdinLock<'_>, ask: impl FnOnce()) -> Option<SecretString> {
    let mut line = String::new();
    let read = {
        let terminal = std::io::stdin();
        let _hidden = Hidden::begin(terminal.as_fd());
        ask();
        input.read_line(&mut line).ok()?
    };
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    (read > 0).then(|| line.into())
}

/// Turns the terminal's echo off until it is dropped.
struct Hidden<'t> {
    terminal: BorrowedFd<'t>,
    before: Termios,
}

impl<'t> Hidden<'t> {
    /// Returns `None` if there is no terminal.
    fn begin(terminal: BorrowedFd<'t>) -> Option<Self> {
        let before = tcgetattr(terminal).ok()?;
        let mut silent = before.clone();
        // The line break is still echoed, so that the following output starts on its own line.
        silent.local_modes.remove(LocalModes::ECHO);
        silent.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(terminal, OptionalActions::Flush, &silent).ok()?;
        Some(Self { terminal, before })
    }
}

impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        // This fails only if the terminal was closed.
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}
