//! The modules of one package.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path as FilePath;

use anyhow::{Context, Result};
use testbed::workspace;

use super::module::{Child, Module};
use super::reader;
use crate::check::layers::import::Path;

#[derive(Debug, Default)]
pub(super) struct Tree {
    /// The library's name in paths of binaries.
    pub(super) library: String,
    pub(super) modules: BTreeMap<Path, Module>,
}

impl Tree {
    /// Reads the root of a library or binary, and all modules below it.
    pub(super) fn load(&mut self, file: &FilePath, root: &Path) -> Result<()> {
        let folder = file.parent().unwrap_or(file);
        self.load_file(file, folder, root, root)
    }

    /// `folder` is where the files of its submodules are.
    fn load_file(&mut self, file: &FilePath, folder: &FilePath, path: &Path, root: &Path) -> Result<()> {
        let text = fs::read_to_string(file).with_context(|| format!("failed to read {}", file.display()))?;
        match reader::read(&text) {
            Some(mut module) => {
                let file = file.strip_prefix(workspace::root()).unwrap_or(file);
                module.file = file.display().to_string();
                module.owner.clone_from(path);
                self.add(module, folder, path, root)
            }
            None => Ok(()),
        }
    }

    fn add(&mut self, mut module: Module, folder: &FilePath, path: &Path, root: &Path) -> Result<()> {
        let (file, owner) = (module.file.clone(), module.owner.clone());
        let children = std::mem::take(&mut module.children);
        module.root.clone_from(root);
        self.modules.insert(path.clone(), module);
        for (name, child) in children {
            let inside = folder.join(&name);
            let file_of_child = folder.join(format!("{name}.rs"));
            let path = [path.as_slice(), &[name]].concat();
            match child {
                Child::Inline(module) => {
                    let (file, owner) = (file.clone(), owner.clone());
                    self.add(Module { file, owner, ..module }, &inside, &path, root)?;
                }
                Child::File if file_of_child.is_file() => {
                    self.load_file(&file_of_child, &inside, &path, root)?;
                }
                Child::File => self.load_file(&inside.join("mod.rs"), &inside, &path, root)?,
            }
        }
        Ok(())
    }
}
