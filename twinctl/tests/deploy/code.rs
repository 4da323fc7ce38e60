//! The function's code: twin-lambda as it is in this workspace, built and packed once for all tests.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use xtask::backend::twin_lambda;
use zip::{ZipWriter, write::SimpleFileOptions};

/// The zip of a first release.
pub(crate) fn before() -> &'static Path {
    static ZIP: LazyLock<PathBuf> = LazyLock::new(|| pack("before.zip", None));
    &ZIP
}

/// The same with one more file in it: to AWS another code.
pub(crate) fn after() -> &'static Path {
    static ZIP: LazyLock<PathBuf> = LazyLock::new(|| pack("after.zip", Some("revision.txt")));
    &ZIP
}

/// Without its symbols, because every deploy uploads it.
pub(crate) fn binary() -> &'static [u8] {
    static BINARY: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let stripped = folder().join(format!("bootstrap.{}", std::process::id()));
        let mut strip = Command::new("strip");
        strip.arg("-o").arg(&stripped).arg(twin_lambda());
        assert!(strip.status().unwrap().success(), "its symbols cannot be taken out");
        let binary = fs::read(&stripped).unwrap();
        fs::remove_file(stripped).unwrap();
        binary
    });
    &BINARY
}

fn pack(name: &str, another: Option<&str>) -> PathBuf {
    let path = folder().join(name);
    // Another run of the tests may be reading the file of that name.
    let unfinished = path.with_extension(std::process::id().to_string());
    let mut zip = ZipWriter::new(File::create(&unfinished).unwrap());
    let options = SimpleFileOptions::default();
    zip.start_file("bootstrap", options.unix_permissions(0o755)).unwrap();
    zip.write_all(binary()).unwrap();
    if let Some(another) = another {
        zip.start_file(another, options.unix_permissions(0o644)).unwrap();
    }
    zip.finish().unwrap();
    fs::rename(unfinished, &path).unwrap();
    path
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}
