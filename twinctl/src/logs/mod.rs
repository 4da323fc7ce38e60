//! What a twin logs, wherever it runs.

mod cloud;
mod fields;
mod follow;
mod line;
mod local;
mod show;
mod tail;

pub use cloud::cloud_logs;
pub use follow::follow;
pub use local::local_logs;
pub use show::{Asked, Source};
