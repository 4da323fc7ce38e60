//! What tests of resources need: a fake cloud, and crashes at every point.

mod crash;
mod fake;

pub use crash::{Lost, Then, World, every_crash_point};
pub use fake::{FakeCloud, Part, PartDesired, Thing};
