//! The binary and the function zips of twin-lambda in this workspace, built once.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use zip::{ZipWriter, write::SimpleFileOptions};

use crate::workspace;

/// The environment variable with the path of a binary that is already built. A build for the tests alone would
/// compile its dependencies again, with other features than the workspace.
pub const PREBUILT: &str = "TWINCTL_TEST_TWIN_LAMBDA";

/// Returns the path of the binary, which is built once for each test binary.
pub fn binary() -> &'static Path {
    static BINARY: LazyLock<PathBuf> = LazyLock::new(|| {
        if let Some(prebuilt) = prebuilt() {
            return prebuilt;
        }
        let built = workspace::cargo().args(["build", "--package", "twin-lambda"]).status();
        assert!(built.is_ok_and(|status| status.success()), "twin-lambda cannot be built");
        workspace::target().join("debug/twin-lambda")
    });
    &BINARY
}

#[expect(clippy::disallowed_methods, reason = "cargo xtask test sets the path of the binary")]
fn prebuilt() -> Option<PathBuf> {
    std::env::var_os(PREBUILT).map(PathBuf::from)
}

/// Returns the binary without its symbols, because every deploy uploads it.
pub fn stripped() -> &'static [u8] {
    static BINARY: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let stripped = folder().join(format!("bootstrap.{}", std::process::id()));
        let status = Command::new("strip").arg("-o").arg(&stripped).arg(binary()).status();
        assert!(status.is_ok_and(|status| status.success()), "`strip` failed");
        let binary = fs::read(&stripped).unwrap();
        fs::remove_file(stripped).unwrap();
        binary
    });
    &BINARY
}

/// Returns the zip of the first release.
pub fn first_zip() -> &'static Path {
    static ZIP: LazyLock<PathBuf> = LazyLock::new(|| pack("first.zip", None));
    &ZIP
}

/// Returns the zip of the second release: the same binary and one more file, so that its hash differs.
pub fn second_zip() -> &'static Path {
    static ZIP: LazyLock<PathBuf> = LazyLock::new(|| pack("second.zip", Some("revision.txt")));
    &ZIP
}

fn pack(name: &str, extra: Option<&str>) -> PathBuf {
    let path = folder().join(name);
    // Another test process may be reading the file of that name.
    let unfinished = path.with_extension(std::process::id().to_string());
    let mut zip = ZipWriter::new(File::create(&unfinished).unwrap());
    let options = SimpleFileOptions::default();
    zip.start_file("bootstrap", options.unix_permissions(0o755)).unwrap();
    zip.write_all(stripped()).unwrap();
    if let Some(extra) = extra {
        zip.start_file(extra, options.unix_permissions(0o644)).unwrap();
    }
    zip.finish().unwrap();
    fs::rename(unfinished, &path).unwrap();
    path
}

fn folder() -> PathBuf {
    let folder = workspace::target().join("tmp");
    fs::create_dir_all(&folder).unwrap();
    folder
}
