//! The files inside a self-contained twinctl: the page, and the function for each architecture. They are a zip archive
//! that is appended to the program. An archive can be appended to any build in milliseconds, also to one for another
//! platform, and every zip tool can list it. A program from `cargo build` has none, and uses the workspace instead.

mod append;

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::{ZipError, ZipResult};

use super::architecture::BOOTSTRAP;
use super::{Architecture, BundleError, Content};
use crate::system::hash::sha256;

pub(crate) use append::{EmbeddedFiles, append};

/// The comment of the archive, which is the end of the program. Another format needs another mark.
const MARK: &[u8] = b"twinctl embedded files 1";
/// The folder of the page in the archive.
const PAGE: &str = "page/";
/// The backend of a local twin. On Linux, it is the function's binary.
const BACKEND: &str = "twin-lambda";

/// The embedded files of a program.
#[derive(Debug)]
pub(crate) struct Embedded {
    archive: ZipArchive<BufReader<File>>,
}

/// An embedded file, for people and tools that compare them.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct EmbeddedFile {
    pub(crate) name: String,
    pub(crate) size: u64,
    pub(crate) sha256: String,
}

impl Embedded {
    /// Opens the files of this program; `None` if it has none.
    pub(crate) fn open() -> Result<Option<Self>, BundleError> {
        Self::of(&program())
    }

    pub(crate) fn of(program: &Path) -> Result<Option<Self>, BundleError> {
        let mut file = File::open(program).map_err(BundleError::read(program))?;
        if !is_marked(&mut file) {
            return Ok(None);
        }
        let archive = ZipArchive::new(BufReader::new(file)).map_err(BundleError::Embedded)?;
        Ok(Some(Self { archive }))
    }

    /// Returns the files of the page by their keys; empty if there is no page.
    pub(crate) fn page(&mut self) -> Result<Vec<(String, Content)>, BundleError> {
        let names = self.names();
        let keys = names.iter().filter_map(|name| Some((name, name.strip_prefix(PAGE)?)));
        let pages = keys.map(|(name, key)| {
            let bytes = self.read(name)?.unwrap_or_default();
            Ok((key.to_owned(), Content::InMemory(bytes.into())))
        });
        pages.collect()
    }

    /// Returns the function's zip for an architecture.
    pub(crate) fn function(&mut self, architecture: Architecture) -> Result<Option<Vec<u8>>, BundleError> {
        self.read(&function(architecture))
    }

    /// Returns the architectures of the embedded functions, the cheapest on Lambda first.
    pub(crate) fn architectures(&self) -> Vec<Architecture> {
        let is_inside = |of: &Architecture| self.archive.index_for_name(&function(*of)).is_some();
        Architecture::ALL.into_iter().filter(is_inside).collect()
    }

    /// Returns the backend of a local twin for this machine.
    pub(crate) fn backend(&mut self) -> Result<Option<Vec<u8>>, BundleError> {
        if let Some(backend) = self.read(BACKEND)? {
            return Ok(Some(backend));
        }
        let own = Architecture::of_target(std::env::consts::ARCH).filter(|_| cfg!(target_os = "linux"));
        let Some(zip) = own.map(|own| self.function(own)).transpose()?.flatten() else { return Ok(None) };
        bootstrap(&zip).map(Some).map_err(BundleError::Embedded)
    }

    /// Returns the name, size and hash of every file, sorted by name.
    pub(crate) fn list(&mut self) -> Result<Vec<EmbeddedFile>, BundleError> {
        let files = self.names().into_iter().map(|name| {
            let bytes = self.read(&name)?.unwrap_or_default();
            Ok(EmbeddedFile { name, size: bytes.len() as u64, sha256: sha256(bytes) })
        });
        files.collect()
    }

    /// Returns the names of all files, sorted.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.archive.file_names().flatten().map(Cow::into_owned).collect();
        names.sort();
        names
    }

    /// Reads a file and verifies its checksum.
    fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, BundleError> {
        let mut bytes = Vec::new();
        match self.archive.by_name(name) {
            Ok(mut file) => {
                file.read_to_end(&mut bytes).map_err(|error| BundleError::Embedded(error.into()))?
            }
            Err(ZipError::FileNotFound) => return Ok(None),
            Err(error) => return Err(BundleError::Embedded(error)),
        };
        Ok(Some(bytes))
    }
}

fn function(architecture: Architecture) -> String {
    format!("function-{architecture}.zip")
}

fn bootstrap(zip: &[u8]) -> ZipResult<Vec<u8>> {
    let mut bytes = Vec::new();
    ZipArchive::new(Cursor::new(zip))?.by_name(BOOTSTRAP)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Returns whether the file ends with the mark. Without it, an archive at the end of the file is not one that twinctl
/// appended.
fn is_marked(file: &mut File) -> bool {
    let mut end = [0; MARK.len()];
    let read = |file: &mut File, end: &mut [u8]| -> io::Result<()> {
        file.seek(SeekFrom::End(-i64::try_from(MARK.len()).unwrap_or_default()))?;
        file.read_exact(end)
    };
    read(file, &mut end).is_ok() && end == MARK
}

/// Returns the path of this program. On Linux, the path stays valid if the file is replaced during the run.
pub(crate) fn program() -> PathBuf {
    if cfg!(target_os = "linux") {
        return PathBuf::from("/proc/self/exe");
    }
    std::env::current_exe().unwrap_or_default()
}

#[cfg(test)]
mod tests;
