//! Names the rules by which files are looked at: what was found by other ones is looked for again.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

/// What the rules stand on is locked there.
const LOCK: &str = "../Cargo.lock";
/// Rules are here, and names and limits are there.
const SOURCES: [&str; 2] = ["src", "../contract/src"];

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script nothing in another way")]
fn main() -> io::Result<()> {
    let mut files = vec![PathBuf::from(LOCK)];
    for folder in SOURCES {
        gather(Path::new(folder), &mut files)?;
        println!("cargo::rerun-if-changed={folder}");
    }
    files.sort();
    let mut rules = OFFSET;
    for file in files.iter().filter(|file| file.exists()) {
        println!("cargo::rerun-if-changed={}", file.display());
        rules = fnv(rules, &fs::read(file)?);
    }
    let out = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    fs::write(Path::new(&out).join("rules"), format!("{rules:016x}"))
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a: nobody picks these bytes to deceive us.
fn fnv(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
