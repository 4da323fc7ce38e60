//! Files that are the same on every platform: completions, manual pages and the license.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use tempfile::TempDir;
use testbed::workspace;

use super::platform::Program;
use crate::command::{program, read, run};

/// The completion script of each shell, and its path below `/usr/share`.
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "bash-completion/completions/twinctl"),
    ("zsh", "zsh/vendor-completions/_twinctl"),
    ("fish", "fish/vendor_completions.d/twinctl.fish"),
];

#[derive(Debug)]
pub(super) struct Staging(TempDir);

impl Staging {
    /// Generates the files with a program that runs on this machine.
    pub(super) fn new(native: &Program) -> Result<Self> {
        let folder = TempDir::new()?;
        let twinctl = native.path.to_string_lossy();
        for (shell, path) in COMPLETIONS {
            let script = read(&mut program(&twinctl, &["completions", shell]))?;
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap_or(&path))?;
            fs::write(path, script)?;
        }
        let pages = folder.path().join("man/man1");
        fs::create_dir_all(&pages)?;
        run(program(&twinctl, &["man"]).arg(&pages))?;
        Ok(Self(folder))
    }

    /// Copies the files into a folder, with their paths below `/usr/share`.
    pub(super) fn copy_to(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder)?;
        run(program("cp", &["-r"]).arg(self.0.path().join(".")).arg(folder))
    }
}

pub(super) fn license() -> PathBuf {
    workspace::root().join("LICENSE")
}

/// Copies a program, and makes it executable.
pub(super) fn copy_program(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to.parent().unwrap_or(to))?;
    run(program("install", &["-m", "755"]).arg(from).arg(to))
}
