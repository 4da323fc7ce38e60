//! The folder of one local twin: its documents, each a JSON file that is always whole.

use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use reconcile::{Class, Fault};
use serde::{Serialize, de::DeserializeOwned};

use super::protocol::{BackendSetup, DoorSetup, Running};
use crate::system::{files, whole_file};

/// The folder of one local twin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(PathBuf);

/// Something that is kept in a file of its own.
pub trait Document: Serialize + DeserializeOwned {
    const FILE: &'static str;
}

impl Document for DoorSetup {
    const FILE: &'static str = "door.json";
}

impl Document for BackendSetup {
    const FILE: &'static str = "backend.json";
}

impl Document for Running {
    const FILE: &'static str = "running.json";
}

#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{} is not what twinctl wrote there", path.display())]
    Broken { path: PathBuf, source: serde_json::Error },
}

impl From<PlaceError> for Fault {
    fn from(error: PlaceError) -> Self {
        match error {
            PlaceError::Read { path, source } => files::fault("read", &path)(source),
            PlaceError::Write { path, source } => files::fault("write", &path)(source),
            broken @ PlaceError::Broken { .. } => Self::new(Class::Refused, broken),
        }
    }
}

impl Place {
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    pub fn folder(&self) -> &Path {
        &self.0
    }

    pub fn logs(&self) -> PathBuf {
        self.0.join("logs")
    }

    pub fn page(&self, name: &str) -> PathBuf {
        self.0.join("pages").join(name)
    }

    /// Locked by the front door as long as it runs.
    pub fn lock_file(&self) -> PathBuf {
        self.0.join("door.lock")
    }

    pub fn read<D: Document>(&self) -> Result<Option<D>, PlaceError> {
        let path = self.0.join(D::FILE);
        let json = match fs::read(&path) {
            Ok(json) => json,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(PlaceError::Read { path, source }),
        };
        serde_json::from_slice(&json).map(Some).map_err(|source| PlaceError::Broken { path, source })
    }

    /// Readers see the old document or the new one. Nobody else may read it.
    pub fn write<D: Document>(&self, document: &D) -> Result<(), PlaceError> {
        let path = self.0.join(D::FILE);
        let written = serde_json::to_vec_pretty(document).map_err(io::Error::from);
        let written = written.and_then(|json| whole_file::replace(&path, &json));
        written.map_err(|source| PlaceError::Write { path, source })
    }

    /// What is not there is fine too.
    pub fn remove<D: Document>(&self) -> Result<(), PlaceError> {
        let path = self.0.join(D::FILE);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != ErrorKind::NotFound => Err(PlaceError::Write { path, source }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
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
    fn a_document_is_read_as_it_was_written_and_nothing_is_left_over() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(folder.path());
        assert_eq!(place.read::<BackendSetup>().unwrap(), None);
        for fingerprint in ["a", "b"] {
            place.write(&setup(fingerprint)).unwrap();
            assert_eq!(place.read().unwrap(), Some(setup(fingerprint)));
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        place.remove::<BackendSetup>().unwrap();
        place.remove::<BackendSetup>().unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        Place::new(folder.path()).write(&setup("a")).unwrap();
        let mode = fs::metadata(folder.path().join("backend.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn errors_name_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::new(folder.path());
        fs::write(folder.path().join("door.json"), "{").unwrap();
        let error = place.read::<DoorSetup>().unwrap_err();
        assert!(error.to_string().ends_with("door.json is not what twinctl wrote there"), "{error}");
        let gone = Place::new(folder.path().join("gone"));
        assert!(gone.write(&setup("a")).unwrap_err().to_string().contains("cannot write"));
    }
}
