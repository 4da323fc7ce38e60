//! Packs a binary into a zip reproducibly, and validates prebuilt zips.

use std::io::{Cursor, Read, Write};
use std::path::Path;

use zip::result::{ZipError, ZipResult};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipArchive, ZipWriter};

use super::elf::{self, Binary};
use crate::artifacts::architecture::BOOTSTRAP;
use crate::artifacts::{Architecture, BundleError};

/// Lambda's limit for a zip in an API request. A larger one would have to be uploaded to S3.
const MAX_ZIP: u64 = 50 * 1024 * 1024;
const MAX_UNPACKED: u64 = 250 * 1024 * 1024;

/// Packs a binary as `bootstrap`. The zip of the same binary always has the same bytes.
pub(super) fn pack(binary: &[u8]) -> Result<Vec<u8>, BundleError> {
    refuse_large_content(binary.len() as u64)?;
    let zip = write(binary).map_err(BundleError::Pack)?;
    refuse_large_zip(zip.len() as u64)?;
    Ok(zip)
}

fn write(binary: &[u8]) -> ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(6))
        .last_modified_time(DateTime::default())
        .system(System::Unix)
        .unix_permissions(0o755);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(BOOTSTRAP, options)?;
    zip.write_all(binary)?;
    Ok(zip.finish()?.into_inner())
}

/// Validates a prebuilt zip.
pub(super) fn validate_zip(
    path: &Path,
    zip: &[u8],
    required: Option<Architecture>,
) -> Result<Binary, BundleError> {
    let broken = |source| BundleError::BrokenZip { path: path.to_owned(), source };
    refuse_large_zip(zip.len() as u64)?;
    let mut archive = ZipArchive::new(Cursor::new(zip)).map_err(broken)?;
    refuse_large_content(unpacked_size(&mut archive).map_err(broken)?)?;
    let bootstrap = match archive.by_name(BOOTSTRAP) {
        Err(ZipError::FileNotFound) => {
            let path = path.to_owned();
            return Err(BundleError::NoBootstrap { path });
        }
        other => other.map_err(broken)?,
    };
    if !is_executable_by_others(bootstrap.unix_mode()) {
        let path = path.to_owned();
        return Err(BundleError::NotExecutable { path });
    }
    let mut binary = Vec::new();
    bootstrap.take(MAX_UNPACKED).read_to_end(&mut binary).map_err(|error| broken(error.into()))?;
    let name = format!("`{BOOTSTRAP}` in {}", path.display());
    elf::inspect(&name, &binary, required)
}

fn unpacked_size(archive: &mut ZipArchive<Cursor<&[u8]>>) -> ZipResult<u64> {
    (0..archive.len()).map(|at| Ok(archive.by_index_raw(at)?.size())).sum()
}

/// Lambda runs the file as a user that is not its owner.
fn is_executable_by_others(mode: Option<u32>) -> bool {
    mode.is_some_and(|mode| mode & 0o005 == 0o005)
}

fn refuse_large_zip(size: u64) -> Result<(), BundleError> {
    let limit = MAX_ZIP;
    if size > limit {
        return Err(BundleError::ZipTooLarge { size, limit });
    }
    Ok(())
}

fn refuse_large_content(size: u64) -> Result<(), BundleError> {
    let limit = MAX_UNPACKED;
    if size > limit {
        return Err(BundleError::UnpackedTooLarge { size, limit });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
