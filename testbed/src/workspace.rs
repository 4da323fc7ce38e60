//! Paths of the workspace.

use std::path::{Path, PathBuf};

/// Returns the folder of the workspace's `Cargo.toml`.
pub fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}

/// Returns the folder of builds, emulators and their logs.
pub fn target() -> PathBuf {
    root().join("target")
}
