//! The lines of a twin's log that describe turns.

use jiff::Timestamp;

use super::LogLine;

/// The lines of turns in a period, and maybe others.
#[derive(Debug)]
pub(crate) struct TurnLog {
    pub(crate) lines: Vec<LogLine>,
    /// Whether all lines of the period were read.
    pub(crate) is_complete: bool,
    /// Since when the log keeps its lines, if older ones may have been deleted.
    pub(crate) kept_since: Option<Timestamp>,
}
