//! Where the workspace is on disk.

use std::path::{Path, PathBuf};

/// The folder of the workspace's own `Cargo.toml`.
pub fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}

/// The folder that builds, emulators and their logs go to.
pub fn target() -> PathBuf {
    root().join("target")
}
