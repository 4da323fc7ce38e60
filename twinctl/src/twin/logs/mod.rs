//! The logs of a twin, on both targets.

mod fields;
mod follow;
mod line;
mod show;
mod tail;

pub use follow::follow;
pub(crate) use line::LogLine;
pub(crate) use show::{LogPrinter, no_logs};
pub use show::{LogQuery, Source};
pub(crate) use tail::Tail;
