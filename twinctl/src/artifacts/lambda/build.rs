//! Builds the `twin-lambda` crate so that the same source gives the same bytes in whatever folder it lies.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::Glibc;
use super::host::{Host, RUSTUP_TOOLCHAIN, Rust};
use super::recipe::{self, Recipe, Tool};
use crate::artifacts::{Architecture, BundleError, Wanted};

pub(in crate::artifacts) const CRATE: &str = "twin-lambda";
/// The profile of the workspace that is made for it: small and quick to start.
const PROFILE: &str = "lambda";
/// How much of a failed build is repeated in the error.
const TAIL: usize = 40;

/// What in the user's environment would give other bytes.
const FOREIGN_SETTINGS: [&str; 15] = [
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

/// Builds the crate of the workspace around `folder` and says where the binary is.
pub(super) async fn build(
    folder: &Path,
    wanted: Wanted,
    on_line: &(dyn Fn(&str) + Send + Sync),
) -> Result<(PathBuf, Architecture), BundleError> {
    let workspace = workspace(folder)?;
    let host = Host::look(&workspace).await;
    let recipe = recipe::choose(&host, wanted)?;
    let rust = host.rust.as_ref().ok_or(BundleError::NoCargo)?;
    run(cargo(&workspace, recipe, rust), on_line).await?;
    let target = target_folder(&workspace).join(recipe.architecture.target());
    Ok((target.join(PROFILE).join(CRATE), recipe.architecture))
}

/// The nearest folder above that is the workspace of the `twin-lambda` crate.
pub(crate) fn workspace(folder: &Path) -> Result<PathBuf, BundleError> {
    let folder = std::path::absolute(folder).map_err(BundleError::read(folder))?;
    let source = folder
        .ancestors()
        .find(|above| above.join("Cargo.toml").is_file() && above.join(CRATE).join("Cargo.toml").is_file())
        .ok_or_else(|| BundleError::NoSource { folder: folder.clone() })?;
    // The compiler writes real paths, so these are the ones to replace.
    std::fs::canonicalize(source).map_err(BundleError::read(source))
}

/// Its own folder, because other flags would otherwise throw away the developer's build each time.
fn target_folder(workspace: &Path) -> PathBuf {
    workspace.join("target/lambda")
}

fn cargo(workspace: &Path, recipe: Recipe, rust: &Rust) -> Command {
    let target = recipe.architecture.target();
    let (verb, target) = match recipe.tool {
        Tool::Cargo => ("build", target.to_owned()),
        Tool::Zigbuild => ("zigbuild", format!("{target}.{}", Glibc::LAMBDA)),
    };
    let mut cargo = Command::new("cargo");
    cargo
        .args([verb, "--profile", PROFILE, "--locked", "--package", CRATE, "--bin", CRATE])
        .args(["--target", &target, "--target-dir"])
        .arg(target_folder(workspace))
        .current_dir(workspace)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    for setting in FOREIGN_SETTINGS {
        cargo.env_remove(setting);
    }
    cargo
        .env("CARGO_ENCODED_RUSTFLAGS", path_flags(workspace, rust))
        .env("CARGO_TERM_COLOR", "never")
        .env("CARGO_TERM_PROGRESS_WHEN", "never");
    cargo
}

/// Replaces the folders of this computer in the binary; of several that match, the compiler takes the last.
fn path_flags(workspace: &Path, rust: &Rust) -> OsString {
    let library = rust.sysroot.join("lib/rustlib/src/rust");
    let replaced = [
        (Some(workspace.to_owned()), "/twin".to_owned()),
        (cargo_home(), "/cargo".to_owned()),
        (Some(rust.sysroot.clone()), "/rust".to_owned()),
        // With the component rust-src the compiler names these files instead of the ones it was built from.
        (Some(library), format!("/rustc/{}", rust.commit)),
    ];
    let flags = replaced.into_iter().filter_map(|(folder, name)| {
        let mut flag = OsString::from("--remap-path-prefix=");
        flag.push(folder?);
        flag.push("=");
        flag.push(name);
        Some(flag)
    });
    // The separator that the variable is documented to have: paths may have blanks.
    flags.collect::<Vec<_>>().join(OsStr::new("\x1f"))
}

/// Where cargo unpacks the sources of dependencies.
#[expect(
    clippy::disallowed_methods,
    reason = "CARGO_HOME is cargo's setting, not ours: it has to be read just as cargo will"
)]
fn cargo_home() -> Option<PathBuf> {
    let set = std::env::var_os("CARGO_HOME").filter(|home| !home.is_empty());
    let home = set.map(PathBuf::from).or_else(|| Some(std::env::home_dir()?.join(".cargo")))?;
    Some(std::fs::canonicalize(&home).unwrap_or(home))
}

/// Runs to the end and hands on each line; the last ones are the error's.
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
