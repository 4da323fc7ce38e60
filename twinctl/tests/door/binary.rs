//! The two programs: the front door that cargo built for these tests, and the backend, built once.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use xtask::workspace;

pub(crate) fn twinctl() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_twinctl"))
}

pub(crate) fn twin_lambda() -> &'static Path {
    static BINARY: LazyLock<PathBuf> = LazyLock::new(|| {
        let mut build = Command::new(env!("CARGO"));
        // What cargo told us about our own package would make it build others again.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO_"))
        {
            build.env_remove(name);
        }
        let built = build.args(["build", "--package", "twin-lambda"]).current_dir(workspace::root()).status();
        assert!(built.unwrap().success(), "twin-lambda cannot be built");
        workspace::target().join("debug/twin-lambda")
    });
    &BINARY
}
