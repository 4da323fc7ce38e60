//! One file per AWS thing.

mod function;
mod live;
mod log_group;
mod role;
#[cfg(test)]
mod trial;

pub use function::{Function, FunctionActual, FunctionDesired, FunctionOutput};
pub use live::{Live, LiveActual, LiveDesired, Unhealthy, live_version, move_back};
pub use log_group::{LogGroup, LogGroupActual, LogGroupDesired};
pub use role::{RightsInput, Role, RoleActual, RoleDesired, rights};
