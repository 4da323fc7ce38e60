//! What a deploy puts into the cloud: the Lambda zip and the web files, with their hashes.

mod architecture;
mod error;
pub mod lambda;
mod native;
mod on_thread;
pub mod web;

pub use architecture::{Architecture, Wanted};
pub use error::BundleError;
pub(crate) use lambda::workspace;
pub use native::{NativeBinary, native};
pub(crate) use on_thread::on_thread;
