//! The twin-lambda process behind the gateway, and the supervisor that keeps it running.

mod process;
mod running;
mod supervisor;
mod upstream;
mod view;

pub(super) use running::Backend;
pub(super) use upstream::Upstream;
pub(super) use view::{Change, Lot};
