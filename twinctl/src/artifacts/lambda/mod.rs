//! The function's zip: built from the workspace or prebuilt, and validated before it is deployed.

mod build;
mod elf;
mod host;
mod make;
mod pack;
mod recipe;

use super::glibc::Glibc;
pub(crate) use build::workspace;
pub(super) use build::{CRATE, cargo_in, run};
pub(super) use host::output_of;
pub(crate) use make::describe_build;
pub use make::{LambdaZip, Options, lambda};
