//! A `twin-lambda` binary for this machine: specified by the user, built from the workspace, embedded in twinctl, or
//! installed next to it.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

use super::{
    BundleError, Content,
    embedded::Embedded,
    lambda::{CRATE, cargo_in, output_of, run, workspace},
    on_thread,
};
use crate::system::hash;

/// A `twin-lambda` binary for this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeBinary {
    pub content: Content,
    pub sha256: String,
}

/// Returns the binary `given`, else builds the workspace that contains `folder`, else returns the embedded binary, else
/// the one next to twinctl.
pub async fn native(
    given: Option<&Path>,
    folder: &Path,
    on_line: &(dyn Fn(&str) + Send + Sync),
) -> Result<NativeBinary, BundleError> {
    let path = match (given, workspace(folder)) {
        (Some(given), _) => given.to_owned(),
        (None, Ok(workspace)) => build(&workspace, on_line).await?,
        (None, Err(no_source)) => return on_thread(move || installed(no_source)).await,
    };
    on_thread(move || on_disk(path)).await
}

/// Returns the binary that came with twinctl.
fn installed(no_source: BundleError) -> Result<NativeBinary, BundleError> {
    match embedded()? {
        Some(bytes) => {
            Ok(NativeBinary { sha256: hash::sha256(&bytes), content: Content::InMemory(bytes.into()) })
        }
        None => on_disk(next_to_twinctl().ok_or(no_source)?),
    }
}

fn embedded() -> Result<Option<Vec<u8>>, BundleError> {
    Embedded::open()?.map_or(Ok(None), |mut embedded| embedded.backend())
}

fn on_disk(path: PathBuf) -> Result<NativeBinary, BundleError> {
    let sha256 = hash::sha256_of_file(&path).map_err(BundleError::read(&path))?;
    Ok(NativeBinary { content: Content::OnDisk(path), sha256 })
}

/// Returns how [`native`] would get the binary, without building it.
pub(crate) async fn describe_native(given: Option<&Path>, folder: &Path) -> Result<String, BundleError> {
    match (given, workspace(folder)) {
        (Some(given), _) if given.is_file() => Ok(format!("the backend is {}", given.display())),
        (Some(given), _) => {
            Err(BundleError::Read { path: given.to_owned(), source: ErrorKind::NotFound.into() })
        }
        (None, Ok(workspace)) => {
            let cargo = output_of(&workspace, "cargo", ["--version"]).await.ok_or(BundleError::NoCargo)?;
            Ok(format!("{} can build the backend", cargo.trim()))
        }
        (None, Err(_)) if on_thread(embedded).await?.is_some() => {
            Ok("twinctl contains the backend".to_owned())
        }
        (None, Err(no_source)) => {
            let binary = next_to_twinctl().ok_or(no_source)?;
            Ok(format!("the backend is {}", binary.display()))
        }
    }
}

/// Builds with the profile of this program, and for the workspace's default members. Cargo then selects the same
/// features as for `cargo run`, and does not compile any dependency twice.
async fn build(workspace: &Path, on_line: &(dyn Fn(&str) + Send + Sync)) -> Result<PathBuf, BundleError> {
    let (profile, folder) = if cfg!(debug_assertions) { ("dev", "debug") } else { ("release", "release") };
    let target = workspace.join("target");
    let mut cargo = cargo_in(workspace);
    cargo.args(["build", "--profile", profile, "--locked", "--bin", CRATE, "--target-dir"]).arg(&target);
    run(cargo, on_line).await?;
    Ok(target.join(folder).join(CRATE))
}

fn next_to_twinctl() -> Option<PathBuf> {
    let path = std::env::current_exe().ok()?.with_file_name(CRATE);
    path.is_file().then_some(path)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[tokio::test]
    async fn a_specified_binary_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("twin-lambda");
        fs::write(&path, "abc").unwrap();
        let native = native(Some(&path), folder.path(), &|_| {}).await.unwrap();
        assert_eq!(native.content, Content::OnDisk(path));
        assert!(native.sha256.starts_with("ba7816bf"));
    }

    #[tokio::test]
    async fn without_sources_and_binary_the_error_has_a_hint() {
        let folder = tempfile::tempdir().unwrap();
        let error = native(None, folder.path(), &|_| {}).await.unwrap_err();
        assert!(error.hint().unwrap().contains("--lambda-binary"), "{error}");
    }
}
