//! A log file that is rotated when it gets large.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

const LARGEST_FILE: u64 = 5 << 20;
/// Number of older files, from `.1` (the newest) to `.3`.
pub(crate) const OLD_FILES: u32 = 3;

#[derive(Debug)]
pub(super) struct Rotating {
    path: PathBuf,
    largest: u64,
    file: Option<(File, u64)>,
}

impl Rotating {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, largest: LARGEST_FILE, file: None }
    }

    /// Writes a line. If that fails, the line is dropped and the next one opens the file again.
    pub(super) fn write(&mut self, line: &str) {
        if self.try_write(line).is_err() {
            self.file = None;
        }
    }

    fn try_write(&mut self, line: &str) -> io::Result<()> {
        let length = line.len() as u64 + 1;
        let (file, size) = match self.file.take() {
            Some(open) => open,
            None => open(&self.path)?,
        };
        let (mut file, size) = if size > 0 && size + length > self.largest {
            drop(file);
            rotate(&self.path)?;
            open(&self.path)?
        } else {
            (file, size)
        };
        // One call per line, so that lines of two gateways (during a handover) do not mix.
        file.write_all(format!("{line}\n").as_bytes())?;
        self.file = Some((file, size + length));
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<(File, u64)> {
    let folder = path.parent().unwrap_or(path);
    // Not its parents: after the folder of the twin was moved, the old one is not created again.
    match fs::create_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    let size = file.metadata()?.len();
    Ok((file, size))
}

fn rotate(path: &Path) -> io::Result<()> {
    let numbered = |number: u32| PathBuf::from(format!("{}.{number}", path.display()));
    for number in (1..OLD_FILES).rev() {
        if numbered(number).exists() {
            fs::rename(numbered(number), numbered(number + 1))?;
        }
    }
    fs::rename(path, numbered(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rotating(folder: &Path, largest: u64) -> Rotating {
        Rotating { largest, ..Rotating::new(folder.join("logs/a.log")) }
    }

    #[test]
    fn the_newest_lines_are_kept_in_four_files() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = rotating(folder.path(), 8);
        for number in 0..20 {
            log.write(&format!("{number:03}"));
        }
        let read = |name: &str| fs::read_to_string(folder.path().join("logs").join(name)).unwrap();
        assert_eq!(read("a.log"), "018\n019\n");
        assert_eq!(read("a.log.1"), "016\n017\n");
        assert_eq!(read("a.log.3"), "012\n013\n");
        assert_eq!(fs::read_dir(folder.path().join("logs")).unwrap().count(), 4);
    }

    #[test]
    fn lines_are_appended_to_an_existing_file() {
        let folder = tempfile::tempdir().unwrap();
        for line in ["one", "two"] {
            rotating(folder.path(), 100).write(line);
        }
        assert_eq!(fs::read_to_string(folder.path().join("logs/a.log")).unwrap(), "one\ntwo\n");
    }

    #[test]
    fn a_line_larger_than_the_limit_gets_its_own_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = rotating(folder.path(), 2);
        log.write("long");
        log.write("longer");
        assert_eq!(fs::read_to_string(folder.path().join("logs/a.log")).unwrap(), "longer\n");
    }

    #[test]
    fn writing_resumes_after_an_error() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("logs"), "not a folder").unwrap();
        let mut log = rotating(folder.path(), 100);
        log.write("lost");
        fs::remove_file(folder.path().join("logs")).unwrap();
        log.write("kept");
        assert_eq!(fs::read_to_string(folder.path().join("logs/a.log")).unwrap(), "kept\n");
    }
}
