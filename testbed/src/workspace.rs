//! Paths of the workspace, and cargo in it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the folder of the workspace's `Cargo.toml`.
pub fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}

/// Returns the folder of builds, emulators and their logs.
pub fn target() -> PathBuf {
    root().join("target")
}

/// Returns a cargo command for the workspace. The variables that cargo set for the running program are removed: they would
/// make build scripts run again, so that each of two commands rebuilds what the other one has built.
pub fn cargo() -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_MANIFEST_") || text.starts_with("CARGO_PKG_") {
            cargo.env_remove(&name);
        }
    }
    cargo
}
