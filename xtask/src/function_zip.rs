//! The zip of the function, for benchmarks, packages and static programs.

use std::fs::File;
use std::io;
use std::path::Path;

use anyhow::{Context, Result};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// More than 9 is Zopfli, which takes seconds and makes the zip 3 % smaller.
const LEVEL: i64 = 14;

/// Packs a binary as Lambda expects it.
pub(crate) fn pack(binary: &Path, zip: &Path) -> Result<()> {
    let mut writer = ZipWriter::new(File::create(zip)?);
    let options = SimpleFileOptions::default().compression_level(Some(LEVEL)).unix_permissions(0o755);
    writer.start_file("bootstrap", options)?;
    let mut source = File::open(binary).with_context(|| format!("failed to open {}", binary.display()))?;
    io::copy(&mut source, &mut writer)?;
    writer.finish()?;
    Ok(())
}
