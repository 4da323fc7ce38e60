//! Appends files to a program.

use std::fs::{self, File};
use std::io::{BufReader, Cursor, Write as _};
use std::path::Path;

use zip::result::ZipResult;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::{BACKEND, MARK, PAGE, function, is_marked};
use crate::artifacts::{Architecture, BundleError, Content};
use crate::system::files;

/// The files to embed.
#[derive(Debug, Default)]
pub(crate) struct EmbeddedFiles {
    /// By key.
    pub(crate) page: Vec<(String, Content)>,
    pub(crate) functions: Vec<(Architecture, Vec<u8>)>,
    /// For platforms other than Linux.
    pub(crate) backend: Option<Vec<u8>>,
}

/// Writes a copy of `program` that contains the files instead of those that it contains now. The same program and files
/// always result in the same bytes.
pub(crate) fn append(program: &Path, files: &EmbeddedFiles, output: &Path) -> Result<(), BundleError> {
    let mut bytes = fs::read(program).map_err(BundleError::read(program))?;
    bytes.truncate(end_of_program(program, bytes.len())?);
    bytes.extend(archive(files)?);
    files::replace_with_mode(output, &bytes, 0o755).map_err(BundleError::write(output))
}

/// Returns the length of the program without embedded files.
fn end_of_program(program: &Path, length: usize) -> Result<usize, BundleError> {
    let mut file = File::open(program).map_err(BundleError::read(program))?;
    if !is_marked(&mut file) {
        return Ok(length);
    }
    let archive = ZipArchive::new(BufReader::new(file)).map_err(BundleError::Embedded)?;
    Ok(usize::try_from(archive.offset()).unwrap_or(length))
}

fn archive(files: &EmbeddedFiles) -> Result<Vec<u8>, BundleError> {
    let page = files.page.iter().map(|(key, content)| {
        let bytes = content.read_blocking().map_err(BundleError::read(content.name(key)))?;
        Ok((format!("{PAGE}{key}"), bytes, CompressionMethod::Deflated))
    });
    let mut entries = page.collect::<Result<Vec<_>, BundleError>>()?;
    // The zips are compressed already.
    let functions = files.functions.iter();
    entries.extend(
        functions
            .map(|(architecture, zip)| (function(*architecture), zip.clone(), CompressionMethod::Stored)),
    );
    let backend = files.backend.iter();
    entries.extend(backend.map(|backend| (BACKEND.to_owned(), backend.clone(), CompressionMethod::Deflated)));
    entries.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    write(&entries).map_err(BundleError::Pack)
}

fn write(entries: &[(String, Vec<u8>, CompressionMethod)]) -> ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.set_raw_comment(MARK.into())?;
    for (name, bytes, method) in entries {
        let options = SimpleFileOptions::default()
            .compression_method(*method)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644);
        zip.start_file(name, options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}
