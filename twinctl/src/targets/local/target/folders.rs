//! The folders of a local twin.

use std::path::{Path, PathBuf};

use crate::{
    spec::Environment,
    targets::local::{gateway::TwinFolder, stack::Folders},
    ui::{Diagnostic, Exit},
};

pub(super) fn folders(environment: &Environment, folder: &TwinFolder) -> Folders {
    let folder_or_default = |given: &Option<PathBuf>, name: &str| {
        let path = given.clone().unwrap_or_else(|| folder.path().join(name));
        std::path::absolute(&path).unwrap_or(path)
    };
    Folders {
        data: folder_or_default(&environment.local.data, "data"),
        memory: folder_or_default(&environment.local.memory, "memory"),
        binaries: folder.binaries(),
    }
}

/// Checks that the original data files, their copy and the conversations are in separate folders.
pub(super) fn check_folders(environment: &Environment, folders: &Folders) -> Result<(), Diagnostic> {
    let real = |path: &Path| path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_default();
    let original = environment.data.from.folder().map(|folder| ("data", real(&folder)));
    let named: Vec<_> = original
        .into_iter()
        .chain([("local.data", real(&folders.data)), ("local.memory", real(&folders.memory))])
        .collect();
    for (index, (field, path)) in named.iter().enumerate() {
        let overlaps = |(name, other): &&(&str, PathBuf)| {
            let is_data = |inside: &Path| *name != "data" || persona::reads_from(other, inside);
            path.strip_prefix(other).is_ok_and(is_data) || other.starts_with(path)
        };
        if let Some((other, _)) = named[..index].iter().find(overlaps) {
            let message = format!("`{field}` and `{other}` are the same folder, or one contains the other");
            return Err(Diagnostic::new(Exit::Environment, message)
                .hint(format!("omit `{field}` to use a separate folder")));
        }
    }
    Ok(())
}
