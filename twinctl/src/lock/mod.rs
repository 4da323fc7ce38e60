//! The lock of an environment, and the record that lies in it.

mod acquire;
mod lease;
mod record;
mod table;
#[cfg(test)]
mod tests;

pub use acquire::{LockError, Patience, acquire};
pub use lease::Lease;
pub use record::{Birth, Destroying, Found, Held, Holder, Record, Release};
pub use table::{Table, TakenBy};
