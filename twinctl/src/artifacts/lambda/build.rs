//! Builds the `twin-lambda` crate. The build is reproducible: the location of the sources does not change the bytes.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::Glibc;
use super::host::{Host, RUSTUP_TOOLCHAIN, Rust};
use super::recipe::{self, Recipe, Tool};
use crate::artifacts::{Architecture, BundleError};

pub(in crate::artifacts) const CRATE: &str = "twin-lambda";
/// The workspace's cargo profile for the function, optimized for size and a short cold start.
const PROFILE: &str = "lambda";
/// The number of output lines of a failed build that the error repeats.
const TAIL: usize = 40;

/// Environment variables that would change the bytes of the binary.
const REMOVED_VARIABLES: [&str; 15] = [
    RUSTUP_TOOLCHAIN,
    "RUSTFLAGS",
    "CARGO_INCREMENTAL",
    "CARGO_PROFILE_RELEASE_CODEGEN_BACKEND",
    "CARGO_PROFILE_RELEASE_CODEGEN_UNITS",
    "CARGO_PROFILE_RELEASE_DEBUG",
    "CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS",
    "CARGO_PROFILE_RELEASE_INCREMENTAL",
    "CARGO_PROFILE_RELEASE_LTO",
    "CARGO_PROFILE_RELEASE_OPT_LEVEL",
    "CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS",
    "CARGO_PROFILE_RELEASE_PANIC",
    "CARGO_PROFILE_RELEASE_RPATH",
    "CARGO_PROFILE_RELEASE_SPLIT_DEBUGINFO",
    "CARGO_PROFILE_RELEASE_STRIP",
];

/// Builds the crate of the workspace that contains `folder`. Returns the binary's path.
pub(super) async fn build(
    folder: &Path,
    required: Option<Architecture>,
    on_line: &(dyn Fn(&str) + Send + Sync),
) -> Result<(PathBuf, Architecture), BundleError> {
    let (workspace, host, recipe) = prepare(folder, required).await?;
    let rust = host.rust.as_ref().ok_or(BundleError::NoCargo)?;
    run(cargo(&workspace, recipe, rust), on_line).await?;
    let target = target_folder(&workspace).join(recipe.architecture.target());
    Ok((target.join(PROFILE).join(CRATE), recipe.architecture))
}

/// Returns the workspace that contains `folder`, the tools of this machine, and how to build with them.
pub(super) async fn prepare(
    folder: &Path,
    required: Option<Architecture>,
) -> Result<(PathBuf, Host, Recipe), BundleError> {
    let workspace = workspace(folder)?;
    let host = Host::detect(&workspace).await;
    let recipe = recipe::choose(&host, required)?;
    Ok((workspace, host, recipe))
}

/// Returns the nearest folder, `folder` or above it, that is a workspace with the `twin-lambda` crate.
pub(crate) fn workspace(folder: &Path) -> Result<PathBuf, BundleError> {
    let folder = std::path::absolute(folder).map_err(BundleError::read(folder))?;
    let source = folder
        .ancestors()
        .find(|above| above.join("Cargo.toml").is_file() && above.join(CRATE).join("Cargo.toml").is_file())
        .ok_or_else(|| BundleError::NoSource { folder: folder.clone() })?;
    // The compiler writes canonical paths into the binary, so `path_flags` must replace these.
    std::fs::canonicalize(source).map_err(BundleError::read(source))
}

/// A separate target folder: in the developer's own, the different flags would cause a full rebuild each time.
fn target_folder(workspace: &Path) -> PathBuf {
    workspace.join("target/lambda")
}

fn cargo(workspace: &Path, recipe: Recipe, rust: &Rust) -> Command {
    let target = recipe.architecture.target();
    let (verb, target) = match recipe.tool {
        Tool::Cargo => ("build", target.to_owned()),
        Tool::Zigbuild => ("zigbuild", format!("{target}.{}", Glibc::LAMBDA)),
    };
    let mut cargo = cargo_in(workspace);
    cargo
        .args([verb, "--profile", PROFILE, "--locked", "--package", CRATE, "--bin", CRATE])
        .args(["--target", &target, "--target-dir"])
        .arg(target_folder(workspace));
    for variable in REMOVED_VARIABLES {
        cargo.env_remove(variable);
    }
    cargo.env("CARGO_ENCODED_RUSTFLAGS", path_flags(workspace, rust));
    cargo
}

/// Returns a cargo command for the workspace, without the variables that `cargo run` sets for twinctl. Because of them,
/// ring's build script would run again now, and again at the next `cargo run`, which would then recompile twinctl.
pub(in crate::artifacts) fn cargo_in(workspace: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(workspace)
        .env("CARGO_TERM_COLOR", "never")
        .env("CARGO_TERM_PROGRESS_WHEN", "never")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_MANIFEST_") || text.starts_with("CARGO_PKG_") {
            cargo.env_remove(&name);
        }
    }
    cargo
}

/// Compiler flags that replace this machine's paths in the binary. If several prefixes match, the compiler uses the
/// last one.
fn path_flags(workspace: &Path, rust: &Rust) -> OsString {
    let library = rust.sysroot.join("lib/rustlib/src/rust");
    let replaced = [
        (Some(workspace.to_owned()), "/twin".to_owned()),
        (cargo_home(), "/cargo".to_owned()),
        (Some(rust.sysroot.clone()), "/rust".to_owned()),
        // If the component rust-src is installed, the compiler writes these paths instead of `/rustc/COMMIT`.
        (Some(library), format!("/rustc/{}", rust.commit)),
    ];
    let flags = replaced.into_iter().filter_map(|(folder, name)| {
        let mut flag = OsString::from("--remap-path-prefix=");
        flag.push(folder?);
        flag.push("=");
        flag.push(name);
        Some(flag)
    });
    // The documented separator of `CARGO_ENCODED_RUSTFLAGS`. Paths may contain spaces.
    flags.collect::<Vec<_>>().join(OsStr::new("\x1f"))
}

/// The folder that contains the sources of dependencies.
#[expect(
    clippy::disallowed_methods,
    reason = "CARGO_HOME is cargo's setting, not ours: read it as cargo does"
)]
fn cargo_home() -> Option<PathBuf> {
    let set = std::env::var_os("CARGO_HOME").filter(|home| !home.is_empty());
    let home = set.map(PathBuf::from).or_else(|| Some(std::env::home_dir()?.join(".cargo")))?;
    Some(std::fs::canonicalize(&home).unwrap_or(home))
}

/// Runs a command and passes each line of its stderr to `on_line`. The error contains the last lines.
pub(in crate::artifacts) async fn run(
    mut command: Command,
    on_line: &(dyn Fn(&str) + Send + Sync),
) -> Result<(), BundleError> {
    let failed = |source| BundleError::Run { program: "cargo", source };
    let mut child = command.spawn().map_err(failed)?;
    let tail = follow(&mut child, on_line).await.map_err(failed)?;
    let status = child.wait().await.map_err(failed)?;
    if status.success() {
        return Ok(());
    }
    let args = command.as_std().get_args().map(OsStr::to_string_lossy);
    Err(BundleError::Build {
        command: format!("cargo {}", args.collect::<Vec<_>>().join(" ")),
        tail: Vec::from(tail).join("\n"),
    })
}

async fn follow(
    child: &mut Child,
    on_line: &(dyn Fn(&str) + Send + Sync),
) -> std::io::Result<VecDeque<String>> {
    let mut tail = VecDeque::with_capacity(TAIL);
    let Some(stderr) = child.stderr.take() else {
        return Ok(tail);
    };
    let mut lines = BufReader::new(stderr).lines();
    while let Some(line) = lines.next_line().await? {
        on_line(line.trim());
        if tail.len() == TAIL {
            tail.pop_front();
        }
        tail.push_back(line);
    }
    Ok(tail)
}

#[cfg(test)]
mod tests;
