//! What a twin logs, wherever it runs.

mod fields;
mod follow;
mod line;
mod show;
mod tail;

pub use follow::follow;
pub(crate) use line::LogLine;
pub use show::{Asked, Source};
pub(crate) use show::{Lines, absent};
pub(crate) use tail::Tail;
