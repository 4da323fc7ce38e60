//! One file per AWS thing.

pub mod function;
pub mod live;
pub mod log_group;
pub mod role;
#[cfg(test)]
mod trial;
