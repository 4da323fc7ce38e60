//! Reads what is typed without showing it.

use std::{
    io::{BufRead as _, StdinLock},
    os::fd::{AsFd as _, BorrowedFd},
};

use persona::SecretString;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// One line as it is, without its end; `None` at the end of the input. Asks when nothing is shown any more.
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

/// Shows again what is typed when it is dropped.
struct Hidden<'t> {
    terminal: BorrowedFd<'t>,
    before: Termios,
}

impl<'t> Hidden<'t> {
    /// `None` where there is no terminal, and so nothing to hide.
    fn begin(terminal: BorrowedFd<'t>) -> Option<Self> {
        let before = tcgetattr(terminal).ok()?;
        let mut silent = before.clone();
        // The line's own end is still shown, so that what follows begins on a line of its own.
        silent.local_modes.remove(LocalModes::ECHO);
        silent.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(terminal, OptionalActions::Flush, &silent).ok()?;
        Some(Self { terminal, before })
    }
}

impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        // A terminal that has gone has nothing to show.
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}
