//! A log file that is put aside when it gets large.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

const LARGEST: u64 = 5 << 20;
/// Older files that are kept, as `.1` (the newest) to `.3`.
const KEPT: u32 = 3;

#[derive(Debug)]
pub(super) struct Rotating {
    path: PathBuf,
    largest: u64,
    file: Option<(File, u64)>,
}

impl Rotating {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, largest: LARGEST, file: None }
    }

    /// A line that cannot be written is lost; the next one tries anew.
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
            put_aside(&self.path)?;
            open(&self.path)?
        } else {
            (file, size)
        };
        // One call a line, so that the lines of two doors never mix.
        file.write_all(format!("{line}\n").as_bytes())?;
        self.file = Some((file, size + length));
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<(File, u64)> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    let size = file.metadata()?.len();
    Ok((file, size))
}

fn put_aside(path: &Path) -> io::Result<()> {
    let numbered = |number: u32| PathBuf::from(format!("{}.{number}", path.display()));
    for number in (1..KEPT).rev() {
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
    fn goes_on_with_the_file_that_is_there() {
        let folder = tempfile::tempdir().unwrap();
        for line in ["one", "two"] {
            rotating(folder.path(), 100).write(line);
        }
        assert_eq!(fs::read_to_string(folder.path().join("logs/a.log")).unwrap(), "one\ntwo\n");
    }

    #[test]
    fn a_line_larger_than_a_file_gets_one_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = rotating(folder.path(), 2);
        log.write("long");
        log.write("longer");
        assert_eq!(fs::read_to_string(folder.path().join("logs/a.log")).unwrap(), "longer\n");
    }

    #[test]
    fn writes_again_when_it_can() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("logs"), "in the way").unwrap();
        let mut log = rotating(folder.path(), 100);
        log.write("lost");
        fs::remove_file(folder.path().join("logs")).unwrap();
        log.write("kept");
        assert_eq!(fs::read_to_string(folder.path().join("logs/a.log")).unwrap(), "kept\n");
    }
}
