//! The artifacts of a deploy: the function's zip, the page and the data files, with their hashes.

pub(crate) mod api_rewrite;
mod architecture;
pub mod data;
pub(crate) mod data_key;
mod error;
mod glibc;
pub mod lambda;
mod native;
mod on_thread;
pub(crate) mod settings;
pub mod web;

use std::path::PathBuf;

pub use architecture::{Architecture, ArchitectureChoice};
pub use error::BundleError;
pub(crate) use lambda::workspace;
pub(crate) use native::describe_native;
pub use native::{NativeBinary, native};
pub(crate) use on_thread::on_thread;

/// Prebuilt function code. Without either file, twinctl builds the function.
#[derive(Debug, Clone, Default)]
pub struct Code {
    pub lambda_zip: Option<PathBuf>,
    pub lambda_binary: Option<PathBuf>,
}
