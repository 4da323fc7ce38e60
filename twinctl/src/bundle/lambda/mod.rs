//! The Lambda zip: built from the workspace or given ready, and looked at before it is used.

mod glibc;
mod make;

pub use glibc::Glibc;
pub use make::{LambdaZip, Options, lambda};
