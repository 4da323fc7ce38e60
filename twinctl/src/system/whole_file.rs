//! Files that are replaced as a whole: a reader and a crash see the old one or the new one.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use crate::system::clock;

/// What lies in a twin's folder is nobody else's.
const MODE: u32 = 0o600;
/// How a file that is being written is called, or was when somebody was killed.
pub(crate) const DRAFT: &str = ".new-";

/// The folder has to be there.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = path.with_file_name(format!("{DRAFT}{}", clock::unique_id()));
    let written = OpenOptions::new().write(true).create_new(true).mode(MODE).open(&draft);
    let written = written.and_then(|mut file| {
        file.write_all(bytes)?;
        // A rename that outlives a power cut must not leave an empty file behind it.
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&draft, path)).inspect_err(|_| {
        // What was half written is of no use to anybody, and may not even be there.
        drop(fs::remove_file(&draft));
    })
}
