//! The folder of a local twin and the JSON files in it.

use std::path::{Path, PathBuf};

use reconcile::{Class, Fault};
use serde::{Serialize, de::DeserializeOwned};

use super::protocol::{BackendSetup, GatewaySetup, Running};
use crate::system::files;

/// The folder of a local twin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TwinFolder(PathBuf);

/// A value that is stored in a JSON file. The file is replaced atomically, and only its owner can read it.
pub trait Document: Serialize + DeserializeOwned {
    const FILE: &'static str;
}

impl Document for GatewaySetup {
    const FILE: &'static str = "door.json";
}

impl Document for BackendSetup {
    const FILE: &'static str = "backend.json";
}

impl Document for Running {
    const FILE: &'static str = "running.json";
}

impl TwinFolder {
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn logs(&self) -> PathBuf {
        self.0.join("logs")
    }

    pub fn pages(&self) -> PathBuf {
        self.0.join("pages")
    }

    pub fn page(&self, name: &str) -> PathBuf {
        self.pages().join(name)
    }

    /// Returns the path of the file that a gateway locks while it runs.
    pub fn lock_file(&self) -> PathBuf {
        self.0.join("door.lock")
    }

    /// Returns the folder of the backend's binaries.
    pub fn binaries(&self) -> PathBuf {
        self.0.join("bin")
    }

    /// Removes the files of gateway and backend, of which a run that was killed may have left some.
    pub fn remove_files(&self) -> Result<(), Fault> {
        let documents = [GatewaySetup::FILE, BackendSetup::FILE, Running::FILE].map(|name| self.0.join(name));
        let others = [self.logs(), self.pages(), self.binaries(), self.lock_file()];
        documents.iter().chain(&others).try_for_each(|path| files::remove(path))
    }

    /// Reads a document. Returns `None` if it does not exist.
    pub fn read<D: Document>(&self) -> Result<Option<D>, Fault> {
        let path = self.0.join(D::FILE);
        let Some(json) = files::read(&path)? else { return Ok(None) };
        let invalid = |error| {
            let message = format!("{} was not written by twinctl: {error}", path.display());
            Fault::new(Class::Refused, message)
        };
        serde_json::from_slice(&json).map(Some).map_err(invalid)
    }

    pub fn write<D: Document>(&self, document: &D) -> Result<(), Fault> {
        files::write_json_in(&self.0, Path::new(D::FILE), document)
    }

    /// Removes a document, if it exists.
    pub fn remove<D: Document>(&self) -> Result<(), Fault> {
        files::remove(&self.0.join(D::FILE))
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::*;
    use crate::targets::local::gateway::Credentials;

    fn setup(fingerprint: &str) -> BackendSetup {
        BackendSetup {
            binary: "twin-lambda".into(),
            settings: [("AI_PROVIDER".to_owned(), "builtin".to_owned())].into(),
            credentials: Credentials::OpenAiKey { files: vec![".env".into()] },
            fingerprint: fingerprint.to_owned(),
        }
    }

    #[test]
    fn documents_are_written_read_and_removed() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = TwinFolder::new(temporary.path());
        assert_eq!(folder.read::<BackendSetup>().unwrap(), None);
        for fingerprint in ["a", "b"] {
            folder.write(&setup(fingerprint)).unwrap();
            assert_eq!(folder.read().unwrap(), Some(setup(fingerprint)));
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let mode = fs::metadata(folder.path().join("backend.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        folder.remove::<BackendSetup>().unwrap();
        folder.remove::<BackendSetup>().unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn errors_name_the_file() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = TwinFolder::new(temporary.path());
        fs::write(folder.path().join("door.json"), "{").unwrap();
        let error = folder.read::<GatewaySetup>().unwrap_err().to_string();
        assert!(error.contains("door.json was not written by twinctl: "), "{error}");
        let below_a_file = TwinFolder::new(folder.path().join("door.json"));
        let error = below_a_file.write(&setup("a")).unwrap_err().to_string();
        assert!(error.contains("door.json"), "{error}");
    }
}
