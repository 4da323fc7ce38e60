//! The files that are uploaded: 400 texts of 20 MB in all, the same in every run.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

const FILES: usize = 400;
const BYTES: usize = 50_000;

#[derive(Debug)]
pub(super) struct Owned {
    folder: PathBuf,
}

impl Owned {
    pub(super) fn write(folder: &Path) -> Result<Self> {
        let owned = Self { folder: folder.to_owned() };
        fs::create_dir_all(folder.join("notes"))?;
        owned.write_anew()?;
        Ok(owned)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The same bytes with another time, as a build or a checkout leaves them.
    pub(super) fn write_anew(&self) -> Result<()> {
        fs::write(self.folder.join("facts.json"), r#"{"full_name": "Ada Example"}"#)?;
        for number in 1..FILES {
            fs::write(self.folder.join(format!("notes/{number}.txt")), text(number))?;
        }
        Ok(())
    }
}

/// Letters that repeat nowhere, by a generator that everybody knows.
fn text(seed: usize) -> Vec<u8> {
    let mut state = u32::try_from(seed).unwrap_or_default().wrapping_mul(2_654_435_761) | 1;
    let mut letter = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        b'a' + u8::try_from(state % 26).unwrap_or_default()
    };
    (1..=BYTES).map(|at| if at % 60 == 0 { b'\n' } else { letter() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_hundred_files_of_twenty_megabytes_are_the_same_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let owned = Owned::write(folder.path()).unwrap();
        let read = |number: usize| fs::read(folder.path().join(format!("notes/{number}.txt"))).unwrap();
        let before = read(7);
        assert_ne!(before, read(8));
        owned.write_anew().unwrap();
        assert_eq!((before.len(), before), (BYTES, read(7)));
        assert_eq!(fs::read_dir(owned.folder().join("notes")).unwrap().count(), FILES - 1);
    }
}
