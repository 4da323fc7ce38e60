//! The forms of the output, and the trait that shows the progress of a run.

use std::{sync::Arc, time::Duration};

use reconcile::Observer;

/// When to use colors and animations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

/// How much is printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Verbosity {
    /// Results and errors only.
    Quiet,
    #[default]
    Normal,
    /// Also every AWS call.
    Verbose,
}

/// Receives a line for each AWS call.
pub type CallLog = Arc<dyn Fn(&str) + Send + Sync>;

/// The form of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Animated lines on a terminal.
    Live,
    /// Plain lines.
    Lines,
    /// Newline-delimited JSON on stdout.
    Json,
}

/// Shows the progress of a run.
pub(super) trait Show: Observer {
    /// Prints a line, above any animated lines.
    fn say(&self, text: &str);

    /// Removes animated lines from the terminal.
    fn clear(&self) {}

    /// Stops showing resources that started and never finished.
    fn stop_progress(&self) {}

    /// Updates the display. Returns when to call it again.
    fn tick(&self) -> Option<Duration> {
        None
    }
}
