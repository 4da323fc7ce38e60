//! Hidden input at the terminal of Windows.

use std::io::StdinLock;

use persona::SecretString;

/// Reads one line without echoing it. Calls `ask` first. Returns `None` at the end of the input.
pub(super) fn typed(input: StdinLock<'_>, ask: impl FnOnce()) -> Option<SecretString> {
    drop(input);
    ask();
    console::Term::stderr().read_secure_line().ok().map(Into::into)
}
