//! twin-lambda as it is in this workspace, for tests that run it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use crate::workspace;

/// Built once for each test binary.
pub fn twin_lambda() -> &'static Path {
    static BINARY: LazyLock<PathBuf> = LazyLock::new(|| {
        let mut build = Command::new(env!("CARGO"));
        // What cargo told us about our own package would make it build others again.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO_"))
        {
            build.env_remove(name);
        }
        let built = build.args(["build", "--package", "twin-lambda"]).current_dir(workspace::root()).status();
        assert!(built.is_ok_and(|status| status.success()), "twin-lambda cannot be built");
        workspace::target().join("debug/twin-lambda")
    });
    &BINARY
}
