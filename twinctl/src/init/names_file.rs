//! The physical names in an environment file.

use std::{fs, io, path::PathBuf};

use super::yaml::{self, Settings};

/// An environment file, and its text with other names.
#[derive(Debug)]
pub(crate) struct NamesFile {
    pub(crate) path: PathBuf,
    old: String,
    new: String,
}

impl NamesFile {
    /// Reads the file, and adds the names under `names:`. Comments and order stay.
    pub(crate) fn read(path: PathBuf, names: &Settings) -> io::Result<Self> {
        let old = fs::read_to_string(&path)?;
        let missing = yaml::missing_settings(&old, names);
        let new = if missing.is_empty() { old.clone() } else { yaml::with_settings(&old, &missing) };
        Ok(Self { path, old, new })
    }

    pub(crate) fn is_changed(&self) -> bool {
        self.old != self.new
    }

    /// Writes the new text. Writes the old one again if `check` rejects the new file.
    pub(crate) fn write<E>(&self, check: impl FnOnce() -> Result<(), E>) -> io::Result<Result<(), E>> {
        if !self.is_changed() {
            return Ok(Ok(()));
        }
        fs::write(&self.path, &self.new)?;
        let checked = check();
        if checked.is_err() {
            fs::write(&self.path, &self.old)?;
        }
        Ok(checked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_added_and_a_rejected_file_is_restored() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dev.yaml");
        let old = "extends: base   # shared\n\nnames:\n  function: old   # mine\n";
        fs::write(&path, old).unwrap();
        let names = [("names.function", "ada-api"), ("names.role", "ada-role")];
        let names = names.map(|(field, name)| (field.to_owned(), name.to_owned())).into();
        let file = NamesFile::read(path.clone(), &names).unwrap();
        assert_eq!(file.write(|| Err("no")).unwrap(), Err("no"));
        assert_eq!(fs::read_to_string(&path).unwrap(), old);
        file.write::<()>(|| Ok(())).unwrap().unwrap();
        let new = "extends: base   # shared\n\nnames:\n  function: ada-api # mine\n  role: ada-role\n";
        assert_eq!(fs::read_to_string(&path).unwrap(), new);
        assert!(!NamesFile::read(path, &names).unwrap().is_changed());
    }
}
