//! The uploaded files: 400 texts, 20 MB in total, the same in every run.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

const FILES: usize = 400;
const BYTES: usize = 50_000;

#[derive(Debug)]
pub(super) struct DataFiles {
    folder: PathBuf,
}

impl DataFiles {
    pub(super) fn write(folder: &Path) -> Result<Self> {
        let files = Self { folder: folder.to_owned() };
        fs::create_dir_all(folder.join("notes"))?;
        files.rewrite()?;
        Ok(files)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes the same bytes with a new modification time, as a build or a checkout does.
    pub(super) fn rewrite(&self) -> Result<()> {
        fs::write(self.folder.join("facts.json"), r#"{"full_name": "Ada Example"}"#)?;
        for number in 1..FILES {
            fs::write(self.folder.join(format!("notes/{number}.txt")), text(number))?;
        }
        Ok(())
    }
}

/// Pseudorandom letters (xorshift), so that no two files are alike.
fn text(seed: usize) -> Vec<u8> {
    let mut random = u32::try_from(seed).unwrap_or_default().wrapping_mul(2_654_435_761) | 1;
    let mut letter = || {
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        b'a' + u8::try_from(random % 26).unwrap_or_default()
    };
    (1..=BYTES).map(|at| if at % 60 == 0 { b'\n' } else { letter() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_the_same_files_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let files = DataFiles::write(folder.path()).unwrap();
        let read = |number: usize| fs::read(folder.path().join(format!("notes/{number}.txt"))).unwrap();
        let before = read(7);
        assert_ne!(before, read(8));
        files.rewrite().unwrap();
        assert_eq!((before.len(), before), (BYTES, read(7)));
        assert_eq!(fs::read_dir(files.folder().join("notes")).unwrap().count(), FILES - 1);
    }
}
