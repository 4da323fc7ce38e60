//! Disables the scripts and workflows of an existing twin that apply Terraform.

use std::{
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
};

/// The ending that disables a file. GitHub ignores workflows with it.
const DISABLED: &str = ".disabled";
const NOTE: &str = "\n# Disabled by `twinctl init --retire`: twinctl manages the resources that this file would change.\n\
                    # To use it again, remove `.disabled` from its name.\n";

/// A file that could not be disabled.
#[derive(Debug, thiserror::Error)]
#[error("{} could not be disabled", path.display())]
pub(crate) struct RetireError {
    pub path: PathBuf,
    #[source]
    pub cause: io::Error,
}

/// Renames the files, and adds a note at the end of each. Returns the new paths.
pub(crate) fn retire(root: &Path, files: &[PathBuf]) -> Result<Vec<PathBuf>, RetireError> {
    files
        .iter()
        .map(|file| disable(root, file).map_err(|cause| RetireError { path: file.clone(), cause }))
        .collect()
}

fn disable(root: &Path, file: &Path) -> io::Result<PathBuf> {
    let disabled = PathBuf::from(format!("{}{DISABLED}", file.display()));
    let target = root.join(&disabled);
    if target.symlink_metadata().is_ok() {
        return Err(io::Error::new(ErrorKind::AlreadyExists, format!("{} exists", disabled.display())));
    }
    fs::rename(root.join(file), &target)?;
    OpenOptions::new().append(true).open(&target)?.write_all(NOTE.as_bytes())?;
    Ok(disabled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_renamed_and_keeps_its_content() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("deploy.sh"), "terraform apply\n").unwrap();
        let disabled = retire(root.path(), &[PathBuf::from("deploy.sh")]).unwrap();
        assert_eq!(disabled, [PathBuf::from("deploy.sh.disabled")]);
        let text = fs::read_to_string(root.path().join("deploy.sh.disabled")).unwrap();
        assert!(text.starts_with("terraform apply\n\n# Disabled by"), "{text}");
        assert!(!root.path().join("deploy.sh").exists());
    }

    #[test]
    fn no_other_file_is_overwritten() {
        let root = tempfile::tempdir().unwrap();
        for name in ["deploy.sh", "deploy.sh.disabled"] {
            fs::write(root.path().join(name), name).unwrap();
        }
        assert!(retire(root.path(), &[PathBuf::from("deploy.sh")]).is_err());
        assert_eq!(fs::read_to_string(root.path().join("deploy.sh.disabled")).unwrap(), "deploy.sh.disabled");
        assert!(root.path().join("deploy.sh").exists());
    }
}
