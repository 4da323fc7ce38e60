//! The logs of a twin, on both targets.

mod fields;
mod follow;
mod line;
mod show;
mod tail;
mod turns;

pub use follow::follow;
pub(crate) use line::LogLine;
pub use line::Source;
pub use show::LogQuery;
pub(crate) use show::{LogPrinter, no_logs};
pub(crate) use tail::Tail;
pub(crate) use turns::TurnLog;
