//! The binaries that a benchmark measures: given ones, or builds of this workspace.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use testbed::workspace;

use crate::command::{cargo, run};
use crate::function_zip::pack;

/// Returns the absolute path of a given twinctl, or builds one for release.
pub(super) fn twinctl(given: Option<&Path>) -> Result<PathBuf> {
    given_or_built(given, &["twinctl", "--release"], "release/twinctl")
}

/// Returns the absolute path of a given twin-lambda, or builds one as it is deployed.
pub(super) fn twin_lambda(given: Option<&Path>) -> Result<PathBuf> {
    given_or_built(given, &["twin-lambda", "--profile", "lambda"], "lambda/twin-lambda")
}

/// Returns a given function zip, or builds one in `folder`.
pub(super) fn lambda_zip(given: Option<&Path>, folder: &Path) -> Result<PathBuf> {
    if let Some(given) = given {
        return Ok(given.to_owned());
    }
    let zip = folder.join("twin-lambda.zip");
    pack(&twin_lambda(None)?, &zip)?;
    Ok(zip)
}

fn given_or_built(given: Option<&Path>, build: &[&str], file: &str) -> Result<PathBuf> {
    if let Some(given) = given {
        return given.canonicalize().with_context(|| format!("failed to find {}", given.display()));
    }
    run(&mut cargo(&[&["build", "--package"], build].concat()))?;
    Ok(workspace::target().join(file))
}
