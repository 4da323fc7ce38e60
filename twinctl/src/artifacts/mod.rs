//! What a deploy puts into the cloud: the Lambda zip and the web files, with their hashes.

pub(crate) mod api_rewrite;
mod architecture;
pub mod data;
pub(crate) mod data_key;
mod error;
pub mod lambda;
mod native;
mod on_thread;
pub(crate) mod settings;
pub mod web;

use std::path::PathBuf;

pub use architecture::{Architecture, Wanted};
pub use error::BundleError;
pub(crate) use lambda::workspace;
pub use native::{NativeBinary, native};
pub(crate) use on_thread::on_thread;

/// The source of the function's code, if it is not built.
#[derive(Debug, Clone, Default)]
pub struct Code {
    pub lambda_zip: Option<PathBuf>,
    pub lambda_binary: Option<PathBuf>,
}
