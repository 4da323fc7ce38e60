//! The lock of an environment, and the record that lies in it.

mod acquire;
mod file;
mod lease;
mod record;
mod register;
mod table;
#[cfg(test)]
mod tests;

pub use acquire::{Challenger, LockError, acquire};
pub use file::RecordFile;
pub use lease::Lease;
pub use record::{Birth, Destroying, DomainNote, Found, Held, Holder, Record, Release};
pub use register::{Former, Register, TakenBy};
pub use table::Table;
