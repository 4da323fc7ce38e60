//! The artifacts of a deploy: the function's zip, the page and the data files, with their hashes.

pub(crate) mod api_rewrite;
mod architecture;
mod content;
pub mod data;
pub(crate) mod data_key;
pub(crate) mod embedded;
mod error;
mod glibc;
pub mod lambda;
mod native;
pub(crate) mod settings;
pub mod web;

use std::{panic, path::PathBuf};

pub use architecture::Architecture;
pub use content::Content;
pub use error::BundleError;
pub(crate) use lambda::workspace;
pub(crate) use native::describe_native;
pub use native::{NativeBinary, native};

/// Prebuilt function code. Without either file, twinctl builds the function.
#[derive(Debug, Clone, Default)]
pub struct Code {
    pub lambda_zip: Option<PathBuf>,
    pub lambda_binary: Option<PathBuf>,
}

/// Returns the version of a JSON document. Another version may have another format, so it is read first.
pub(crate) fn version_of(json: &[u8]) -> Result<u32, serde_json::Error> {
    #[derive(serde::Deserialize)]
    struct Head {
        version: u32,
    }
    serde_json::from_slice(json).map(|Head { version }| version)
}

/// Runs `work` on a thread for blocking work. A panic in `work` is resumed in the caller.
pub(crate) async fn on_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => panic::resume_unwind(error.into_panic()),
    }
}
