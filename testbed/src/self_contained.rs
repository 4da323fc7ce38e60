//! A self-contained twinctl, made of a debug build.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Folder, Run, twin_lambda::first_zip, workspace};

/// Writes a copy of `program` into the folder, with the page of this repository and the function's zip. Returns its path.
pub fn twinctl(program: &Path, folder: &Folder) -> PathBuf {
    twinctl_with_page(program, folder, &workspace::root().join("twin-web/dist"))
}

/// Writes a copy of `program` with another page.
pub fn twinctl_with_page(program: &Path, folder: &Folder, page: &Path) -> PathBuf {
    let output = folder.join("twinctl");
    let mut embed = Command::new(program);
    embed.arg("embed").arg(&output).arg("--page").arg(page);
    embed.arg("--lambda-zip").arg(first_zip()).current_dir(folder.path()).env_clear();
    Run::from(embed.output().unwrap()).exits_with(0);
    output
}
