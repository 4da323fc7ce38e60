//! Hashes the source code of the checks, so that results of an older version are not reused.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

/// The versions of dependencies, which affect the results too.
const LOCK: &str = "../Cargo.lock";
/// The checks, and the names and limits that they use.
const SOURCES: [&str; 2] = ["src", "../contract/src"];

#[expect(
    clippy::disallowed_methods,
    reason = "cargo passes values to build scripts in environment variables"
)]
fn main() -> io::Result<()> {
    let mut files = vec![PathBuf::from(LOCK)];
    for folder in SOURCES {
        rust_files(Path::new(folder), &mut files)?;
        println!("cargo::rerun-if-changed={folder}");
    }
    files.sort();
    let mut hash = OFFSET;
    for file in files.iter().filter(|file| file.exists()) {
        println!("cargo::rerun-if-changed={}", file.display());
        hash = fnv(hash, &fs::read(file)?);
    }
    let out = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    fs::write(Path::new(&out).join("checks"), format!("{hash:016x}"))
}

/// Collects the Rust files of a folder.
fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            rust_files(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a, which suffices because nobody manipulates the source code to cause collisions.
fn fnv(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
