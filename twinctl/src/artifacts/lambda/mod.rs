//! The function's zip: built from the workspace or prebuilt, and validated before it is deployed.

mod build;
mod elf;
mod glibc;
mod host;
mod make;
mod pack;
mod recipe;

pub(crate) use build::workspace;
pub(super) use build::{CRATE, run};
pub use glibc::Glibc;
pub use make::{LambdaZip, Options, lambda};
