//! The imports within the crates of the workspace.

mod module;
mod reader;
mod resolve;
mod tree;

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::import::Imports;
use crate::command::{cargo, read};
use tree::Tree;

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// A package of the workspace. Its library and its binaries are checked as one tree of modules.
#[derive(Debug, Deserialize)]
pub(super) struct Package {
    name: String,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
    src_path: PathBuf,
}

/// Lists the packages of the workspace.
pub(super) fn packages() -> Result<Vec<Package>> {
    let metadata = read(&mut cargo(&["metadata", "--no-deps", "--format-version=1"]))?;
    let metadata: Metadata = serde_json::from_str(&metadata).context("failed to read `cargo metadata`")?;
    Ok(metadata.packages)
}

impl Package {
    pub(super) fn imports(&self) -> Result<Imports> {
        let mut tree = Tree::default();
        for target in &self.targets {
            let is = |kind: &str| target.kind.iter().any(|candidate| candidate == kind);
            if is("lib") || is("proc-macro") {
                tree.library = target.name.replace('-', "_");
                tree.load(&target.src_path, &Vec::new())?;
            } else if is("bin") {
                // The root of a binary is a module beside those of the library.
                let name = target.src_path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                tree.load(&target.src_path, &vec![name])?;
            }
        }
        Ok(Imports { name: self.name.clone(), imports: tree.imports() })
    }
}

#[cfg(test)]
pub(super) fn imports_of_library(root: &std::path::Path) -> Result<Vec<super::import::Import>> {
    let mut tree = Tree::default();
    tree.load(root, &Vec::new())?;
    Ok(tree.imports())
}
