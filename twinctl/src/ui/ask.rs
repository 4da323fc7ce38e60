//! Questions to the user at the terminal.

use std::io::BufRead;

use tokio::sync::mpsc::{self, UnboundedReceiver};

/// The answer to a yes/no question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Yes,
    No,
    /// There is no terminal, so the question was not asked.
    NoTerminal,
}

impl Answer {
    /// Parses a typed answer. Everything except `y` and `yes` counts as no.
    pub(super) fn from_typed(text: &str) -> Self {
        match text.to_lowercase().as_str() {
            "y" | "yes" => Self::Yes,
            _ => Self::No,
        }
    }
}

/// Reads one line and trims it. Returns `None` at the end of the input.
pub(super) fn typed(mut input: impl BufRead) -> Option<String> {
    let mut line = String::new();
    let read = input.read_line(&mut line).ok()?;
    (read > 0).then(|| line.trim().to_owned())
}

/// Discards what was typed before a question, so that it does not answer the question. Windows keeps it.
pub(super) fn discard_type_ahead() {
    // This fails only if the terminal was closed.
    #[cfg(unix)]
    let _ = rustix::termios::tcflush(std::io::stdin(), rustix::termios::QueueSelector::IFlush);
}

/// Reads stdin in its own thread, so that the run reacts to Ctrl-C while it waits for input. The thread lives until the
/// process exits.
pub(super) fn lines() -> UnboundedReceiver<String> {
    let (sender, receiver) = mpsc::unbounded_channel();
    std::thread::spawn(
        move || {
            while typed(std::io::stdin().lock()).is_some_and(|line| sender.send(line).is_ok()) {}
        },
    );
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_y_and_yes_count_as_yes() {
        for (text, answer) in [
            ("y", Answer::Yes),
            ("YES", Answer::Yes),
            ("", Answer::No),
            ("n", Answer::No),
            ("yep", Answer::No),
        ] {
            assert_eq!(Answer::from_typed(text), answer, "{text}");
        }
    }

    #[test]
    fn one_line_is_read_and_the_end_of_the_input_is_none() {
        assert_eq!(typed(&b" dev \nmore"[..]).as_deref(), Some("dev"));
        assert_eq!(typed(&b"\n"[..]).as_deref(), Some(""));
        assert_eq!(typed(&b""[..]), None);
    }
}
