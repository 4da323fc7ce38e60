//! What this computer has for building, found by asking its tools.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use super::Glibc;
use crate::artifacts::Architecture;

/// The facts that decide how the binary can be built here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    /// `None` where there is no cargo.
    pub(super) rust: Option<Rust>,
    /// `None` where the C library is another one.
    pub(super) glibc: Option<Glibc>,
    pub(super) cross_linker: CrossLinker,
}

/// The toolchain that the workspace uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rust {
    /// The target it was made for, such as `aarch64-apple-darwin`.
    pub(super) host: String,
    pub(super) commit: String,
    pub(super) sysroot: PathBuf,
    /// The architectures whose Linux standard library is installed.
    pub(super) targets: Vec<Architecture>,
}

/// How far cargo-zigbuild, which links for other hosts, is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CrossLinker {
    Ready,
    NoZigbuild,
    NoZig,
}

impl Host {
    /// Asks the tools as they are seen from the workspace, whose `rust-toolchain.toml` may choose among them.
    pub(super) async fn look(workspace: &Path) -> Self {
        let (rust, glibc, cross_linker) =
            tokio::join!(rust(workspace), glibc(workspace), cross_linker(workspace));
        Self { rust, glibc, cross_linker }
    }
}

async fn rust(folder: &Path) -> Option<Rust> {
    let (cargo, version, sysroot) = tokio::join!(
        ask(folder, "cargo", ["--version"]),
        ask(folder, "rustc", ["-vV"]),
        ask(folder, "rustc", ["--print", "sysroot"]),
    );
    let (_, version, sysroot) = (cargo?, version?, PathBuf::from(sysroot?.trim()));
    let field = |name: &str| {
        let value = version.lines().find_map(|line| line.strip_prefix(name));
        value.map(|value| value.trim().to_owned())
    };
    let installed = |architecture: &Architecture| {
        let libraries = sysroot.join("lib/rustlib").join(architecture.target()).join("lib");
        libraries.is_dir()
    };
    Some(Rust {
        host: field("host:")?,
        commit: field("commit-hash:")?,
        targets: [Architecture::Arm64, Architecture::X86_64].into_iter().filter(installed).collect(),
        sysroot,
    })
}

async fn glibc(folder: &Path) -> Option<Glibc> {
    let answer = ask(folder, "getconf", ["GNU_LIBC_VERSION"]).await?;
    Glibc::parse(answer.trim().strip_prefix("glibc ")?)
}

async fn cross_linker(folder: &Path) -> CrossLinker {
    let (zigbuild, zig, python) = tokio::join!(
        ask(folder, "cargo-zigbuild", ["--version"]),
        ask(folder, "zig", ["version"]),
        ask(folder, "python3", ["-m", "ziglang", "version"]),
    );
    match (zigbuild, zig.or(python)) {
        (None, _) => CrossLinker::NoZigbuild,
        (Some(_), None) => CrossLinker::NoZig,
        (Some(_), Some(_)) => CrossLinker::Ready,
    }
}

/// What the program prints, if it is there and succeeds.
async fn ask<const N: usize>(folder: &Path, program: &str, args: [&str; N]) -> Option<String> {
    let output = Command::new(OsStr::new(program))
        .args(args)
        .current_dir(folder)
        .env_remove(RUSTUP_TOOLCHAIN)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .ok()?;
    let answer = output.status.success().then_some(output.stdout)?;
    String::from_utf8(answer).ok()
}

/// Set for us when twinctl itself was started by `cargo run`; the workspace's own choice counts.
pub(super) const RUSTUP_TOOLCHAIN: &str = "RUSTUP_TOOLCHAIN";
