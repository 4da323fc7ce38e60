//! The logs of a twin, on both targets.

mod fields;
mod follow;
mod line;
mod show;
mod tail;

pub use follow::follow;
pub(crate) use line::LogLine;
pub use line::Source;
pub use show::LogQuery;
pub(crate) use show::{LogPrinter, no_logs};
pub(crate) use tail::Tail;
