//! The files that a local twin is built from, and the build of its page.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::process::Command;

use crate::{
    artifacts::{self, data::local_data_folder},
    spec::{Environment, Options},
    ui::{Diagnostic, Exit},
};

/// Sources of the page, relative to the parent of its output folder.
const PAGE_SOURCES: [&str; 4] = ["src", "public", "index.html", "package.json"];
/// Number of lines of a failed build that the error shows.
const TAIL: usize = 40;

/// The files that `twinctl dev` watches.
#[derive(Debug)]
pub(super) struct Sources {
    environments: PathBuf,
    /// The folder of data files; `None` if they come from a repository.
    data: Option<PathBuf>,
    page: PathBuf,
    code: Vec<PathBuf>,
    /// The npm project of the page, if its dependencies are installed.
    npm: Option<PathBuf>,
}

impl Sources {
    pub(super) fn new(options: &Options, lambda_binary: Option<&Path>, environment: &Environment) -> Self {
        let page = environment.web.bundle.clone();
        let around = page.parent().map(Path::to_owned);
        let ready =
            |folder: &PathBuf| folder.join("package.json").is_file() && folder.join("node_modules").is_dir();
        Self {
            environments: options.environments.clone(),
            data: local_data_folder(environment).ok().flatten(),
            code: lambda_binary.map_or_else(|| code(options), |binary| vec![binary.to_owned()]),
            npm: around.filter(ready),
            page,
        }
    }

    pub(super) fn paths(&self) -> Vec<PathBuf> {
        let built = self.npm.iter().flat_map(|folder| PAGE_SOURCES.map(|source| folder.join(source)));
        let served = [self.environments.clone(), self.page.clone()];
        served.into_iter().chain(self.data.clone()).chain(self.code.iter().cloned()).chain(built).collect()
    }

    /// Whether the page can be built but has not been.
    pub(super) fn lacks_page(&self) -> bool {
        self.npm.is_some() && !self.page.exists()
    }

    /// Whether a source of the page is among the changed files.
    pub(super) fn contains_page_source(&self, changed: &[PathBuf]) -> bool {
        let of_page = |path: &&PathBuf| {
            self.npm.as_ref().is_some_and(|folder| path.starts_with(folder)) && !path.starts_with(&self.page)
        };
        changed.iter().any(|path| of_page(&path))
    }

    pub(super) fn page(&self) -> &Path {
        &self.page
    }

    /// Builds the page, if it has an npm project.
    pub(super) async fn build_page(&self) -> Result<(), Diagnostic> {
        let Some(folder) = &self.npm else { return Ok(()) };
        let mut npm = Command::new("npm");
        npm.args(["run", "build"]).current_dir(folder).stdin(Stdio::null()).kill_on_drop(true);
        let failed = format!("`npm run build` failed in {}", folder.display());
        let output = npm.output().await;
        let output = output.map_err(|error| Diagnostic::unexpected(&failed, &error))?;
        if output.status.success() {
            return Ok(());
        }
        let output = [output.stdout, output.stderr].concat();
        let output = String::from_utf8_lossy(&output);
        let lines: Vec<_> = output.lines().collect();
        let tail = lines[lines.len().saturating_sub(TAIL)..].join("\n");
        Err(Diagnostic::new(Exit::Environment, failed).cause(tail))
    }
}

/// Returns the sources of twin-lambda and of the crate that it uses, if twinctl runs in its workspace.
fn code(options: &Options) -> Vec<PathBuf> {
    const CODE: [&str; 6] = [
        "twin-lambda/src",
        "twin-lambda/Cargo.toml",
        "contract/src",
        "contract/Cargo.toml",
        "Cargo.toml",
        "Cargo.lock",
    ];
    let Ok(workspace) = artifacts::workspace(&options.environments) else { return Vec::new() };
    CODE.map(|source| workspace.join(source)).to_vec()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_backend_and_the_crates_that_it_uses_are_watched() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let watched = code(&Options { environments: root.join("environments"), ..Options::default() });
        assert!(watched.iter().all(|path| path.exists()), "{watched:?}");
        let manifest = fs::read_to_string(root.join("twin-lambda/Cargo.toml")).unwrap();
        let (_, dependencies) = manifest.split_once("[dependencies]").unwrap();
        let dependencies = dependencies.split("\n[").next().unwrap();
        let names = dependencies.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
        let crates: Vec<_> = names.filter(|name| !name.is_empty() && root.join(name).is_dir()).collect();
        assert_eq!(crates, ["contract"]);
        for name in [&crates[..], &["twin-lambda"]].concat() {
            assert!(watched.iter().any(|path| path.ends_with(format!("{name}/src"))), "{name}: {watched:?}");
        }
    }
}
