//! The Python wheel of a platform. It contains no Python code: pip copies the program into the `bin` folder.

use std::fs::{self, File};
use std::io::Write as _;

use anyhow::Result;
use aws_smithy_types::base64;
use sha2::{Digest as _, Sha256};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::file::{Output, VERSION};
use super::platform::Program;
use super::staging::license;

pub(super) fn make(of: &Program, output: &Output) -> Result<()> {
    let tag = format!("py3-none-{}", of.wheel_tag());
    let tags: Vec<_> = of.wheel_tag().split('.').map(|tag| format!("Tag: py3-none-{tag}\n")).collect();
    let about = format!("twinctl-{VERSION}.dist-info");
    let files = [
        (format!("twinctl-{VERSION}.data/scripts/{}", of.platform.executable()), fs::read(&of.path)?),
        (format!("{about}/licenses/LICENSE"), fs::read(license())?),
        (format!("{about}/METADATA"), metadata().into_bytes()),
        (format!("{about}/WHEEL"), wheel(&tags.concat()).into_bytes()),
    ];
    let records: Vec<_> = files.iter().map(|(name, bytes)| record(name, bytes)).collect();
    let record = format!("{about}/RECORD");
    let records = format!("{}{record},,\n", records.concat());
    let mut zip = ZipWriter::new(File::create(output.join(format!("twinctl-{VERSION}-{tag}.whl")))?);
    for (name, bytes) in
        files.iter().map(|(name, bytes)| (name, &bytes[..])).chain([(&record, records.as_bytes())])
    {
        let mode = if name.contains("/scripts/") { 0o755 } else { 0o644 };
        let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
        zip.start_file(
            name.as_str(),
            options.compression_level(Some(output.level().into())).unix_permissions(mode),
        )?;
        zip.write_all(bytes)?;
    }
    zip.finish()?;
    Ok(())
}

fn metadata() -> String {
    format!(
        "Metadata-Version: 2.4\nName: twinctl\nVersion: {VERSION}\n\
         Summary: Puts a personal AI twin online from one YAML file, and keeps it there\n\
         License-Expression: MIT\nLicense-File: LICENSE\nRequires-Python: >=3.8\n"
    )
}

fn wheel(tags: &str) -> String {
    format!("Wheel-Version: 1.0\nGenerator: xtask\nRoot-Is-Purelib: false\n{tags}")
}

/// Returns the line of a file in `RECORD`: its hash in URL-safe base64 without padding, and its size.
fn record(name: &str, bytes: &[u8]) -> String {
    let hash = base64::encode(Sha256::digest(bytes)).replace('+', "-").replace('/', "_");
    format!("{name},sha256={},{}\n", hash.trim_end_matches('='), bytes.len())
}
