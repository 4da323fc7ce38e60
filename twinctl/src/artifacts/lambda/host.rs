//! Detects the build tools of this machine.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use super::Glibc;
use crate::artifacts::Architecture;

/// The properties of this machine that determine how the binary can be built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    /// `None` if cargo is not installed.
    pub(super) rust: Option<Rust>,
    /// `None` if the C library is not glibc.
    pub(super) glibc: Option<Glibc>,
    pub(super) cross_linker: CrossLinker,
}

/// The toolchain that the workspace uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rust {
    /// The toolchain's own target, such as `aarch64-apple-darwin`.
    pub(super) host: String,
    pub(super) commit: String,
    pub(super) sysroot: PathBuf,
    /// The architectures whose Linux standard library is installed.
    pub(super) targets: Vec<Architecture>,
}

/// Whether cargo-zigbuild, which links for other targets, is installed, with zig.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CrossLinker {
    Ready,
    NoZigbuild,
    NoZig,
}

impl Host {
    /// Runs the tools in the workspace, because its `rust-toolchain.toml` may select the toolchain.
    pub(super) async fn detect(workspace: &Path) -> Self {
        let (rust, glibc, cross_linker) =
            tokio::join!(rust(workspace), glibc(workspace), cross_linker(workspace));
        Self { rust, glibc, cross_linker }
    }
}

async fn rust(folder: &Path) -> Option<Rust> {
    let (cargo, version, sysroot) = tokio::join!(
        output_of(folder, "cargo", ["--version"]),
        output_of(folder, "rustc", ["-vV"]),
        output_of(folder, "rustc", ["--print", "sysroot"]),
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
    let version = output_of(folder, "getconf", ["GNU_LIBC_VERSION"]).await?;
    Glibc::parse(version.trim().strip_prefix("glibc ")?)
}

async fn cross_linker(folder: &Path) -> CrossLinker {
    let (zigbuild, zig, python) = tokio::join!(
        output_of(folder, "cargo-zigbuild", ["--version"]),
        output_of(folder, "zig", ["version"]),
        output_of(folder, "python3", ["-m", "ziglang", "version"]),
    );
    match (zigbuild, zig.or(python)) {
        (None, _) => CrossLinker::NoZigbuild,
        (Some(_), None) => CrossLinker::NoZig,
        (Some(_), Some(_)) => CrossLinker::Ready,
    }
}

/// Returns the program's stdout, if it is installed and succeeds.
pub(in crate::artifacts) async fn output_of<const N: usize>(
    folder: &Path,
    program: &str,
    args: [&str; N],
) -> Option<String> {
    let output = Command::new(OsStr::new(program))
        .args(args)
        .current_dir(folder)
        .env_remove(RUSTUP_TOOLCHAIN)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .ok()?;
    let stdout = output.status.success().then_some(output.stdout)?;
    String::from_utf8(stdout).ok()
}

/// Removed, so that the workspace selects the toolchain: `cargo run` sets it for twinctl.
pub(super) const RUSTUP_TOOLCHAIN: &str = "RUSTUP_TOOLCHAIN";
