//! Reads a log file that is rotated meanwhile: `twin.log`, then `twin.log.1` and older.

use std::{
    fs::File,
    io::{self, ErrorKind, Read as _, Seek as _, SeekFrom},
    mem,
    path::{Path, PathBuf},
};

use same_file::Handle;

/// More than the number of rotated files that exist.
const OLDEST: usize = 9;

/// A reader of new lines.
#[derive(Debug)]
pub(crate) struct Tail {
    path: PathBuf,
    file: Option<File>,
    /// The beginning of a line that is not complete yet.
    partial: Vec<u8>,
    /// The lines that were read before an error.
    lines: Vec<String>,
    /// Whether the rotated files have been read.
    caught_up: bool,
}

impl Tail {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, file: None, partial: Vec::new(), lines: Vec::new(), caught_up: false }
    }

    /// Returns the lines since the last call. The first call also returns the lines of all rotated files. After an
    /// error, the next call returns all lines since the last successful one.
    pub(crate) fn read_lines(&mut self) -> io::Result<Vec<String>> {
        let mut lines = mem::take(&mut self.lines);
        match self.read_new(&mut lines) {
            Ok(()) => Ok(lines),
            Err(error) => {
                self.lines = lines;
                Err(error)
            }
        }
    }

    fn read_new(&mut self, lines: &mut Vec<String>) -> io::Result<()> {
        if self.file.is_none() {
            // Right after a rotation, the new file may not exist yet.
            self.file =
                open(&self.path)?.map_or_else(|| open(&rotated(&self.path, 1)), |file| Ok(Some(file)))?;
        }
        if !self.caught_up && self.file.is_some() {
            lines.clear();
            self.partial.clear();
            for age in (1..=OLDEST).rev() {
                self.read_old(&rotated(&self.path, age), lines)?;
            }
            self.caught_up = true;
        }
        while self.read(lines)? && self.next_file(lines)? {}
        Ok(())
    }

    /// Reads a rotated file, unless it is the open one, which was rotated just now.
    fn read_old(&mut self, path: &Path, lines: &mut Vec<String>) -> io::Result<()> {
        let Some(mut old) = open(path)? else { return Ok(()) };
        if let Some(file) = &self.file
            && same(file, &old)?
        {
            return Ok(());
        }
        old.read_to_end(&mut self.partial)?;
        self.take_lines(lines);
        self.end_line(lines);
        Ok(())
    }

    /// Reads new bytes of the open file. Returns `false` if there is no file.
    fn read(&mut self, lines: &mut Vec<String>) -> io::Result<bool> {
        let Some(file) = &mut self.file else { return Ok(false) };
        if file.metadata()?.len() < file.stream_position()? {
            file.seek(SeekFrom::Start(0))?;
        }
        file.read_to_end(&mut self.partial)?;
        self.take_lines(lines);
        Ok(true)
    }

    /// Switches to the new file if the open one was rotated. The open one is read to its end first, because nothing is
    /// written to it any more. Returns whether the file was switched.
    fn next_file(&mut self, lines: &mut Vec<String>) -> io::Result<bool> {
        let (Some(file), Some(next)) = (&self.file, open(&self.path)?) else { return Ok(false) };
        if same(file, &next)? {
            return Ok(false);
        }
        self.read(lines)?;
        self.end_line(lines);
        self.file = Some(next);
        Ok(true)
    }

    fn take_lines(&mut self, lines: &mut Vec<String>) {
        let Some(end) = self.partial.iter().rposition(|byte| *byte == b'\n') else { return };
        let rest = self.partial.split_off(end + 1);
        let complete = mem::replace(&mut self.partial, rest);
        lines.extend(String::from_utf8_lossy(&complete).lines().map(ToOwned::to_owned));
    }

    fn end_line(&mut self, lines: &mut Vec<String>) {
        if !self.partial.is_empty() {
            self.partial.push(b'\n');
            self.take_lines(lines);
        }
    }
}

fn rotated(path: &Path, age: usize) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{age}"));
    name.into()
}

fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn same(file: &File, other: &File) -> io::Result<bool> {
    Ok(Handle::from_file(file.try_clone()?)? == Handle::from_file(other.try_clone()?)?)
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write as _};

    use proptest::prelude::*;

    use super::*;

    fn append(path: &Path, text: &str) {
        File::options().create(true).append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// Rotates as the gateway does, which keeps three old files.
    fn rotate(path: &Path) {
        for age in (1..3).rev() {
            drop(fs::rename(rotated(path, age), rotated(path, age + 1)));
        }
        drop(fs::rename(path, rotated(path, 1)));
    }

    #[test]
    fn rotated_files_are_read_first_and_partial_lines_wait() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("twin.log");
        let mut tail = Tail::new(path.clone());
        assert_eq!(tail.read_lines().unwrap(), [""; 0]);
        append(&path, "one\ntw");
        assert_eq!(tail.read_lines().unwrap(), ["one"]);
        append(&path, "o\n");
        assert_eq!(tail.read_lines().unwrap(), ["two"]);
        append(&path, "three\n");
        rotate(&path);
        assert_eq!(tail.read_lines().unwrap(), ["three"]);
        append(&path, "four\n");
        rotate(&path);
        append(&path, "five");
        assert_eq!(Tail::new(path.clone()).read_lines().unwrap(), ["one", "two", "three", "four"]);
    }

    #[test]
    fn a_truncated_file_is_read_from_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("twin.log");
        append(&path, "one\ntwo\n");
        let mut tail = Tail::new(path.clone());
        assert_eq!(tail.read_lines().unwrap().len(), 2);
        fs::write(&path, "new\n").unwrap();
        assert_eq!(tail.read_lines().unwrap(), ["new"]);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Write(usize),
        Rotate,
        Read,
    }

    proptest! {
        /// This holds if the tail is read between two rotations, which the size of the files ensures.
        #[test]
        fn each_line_is_read_once_and_in_order(
            steps in prop::collection::vec(
                prop_oneof![4 => (1..20_usize).prop_map(Step::Write), 1 => Just(Step::Rotate), 2 => Just(Step::Read)],
                0..40,
            ),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("twin.log");
            let mut tail = Tail::new(path.clone());
            let mut seen = tail.read_lines().unwrap().concat();
            let (mut written, mut text) = (String::new(), 0);
            for step in steps {
                match step {
                    Step::Write(length) => {
                        // Characters of several bytes, with a line ending now and then.
                        let chunk: String = (0..length).map(|_| { text += 1; if text % 7 == 0 { '\n' } else { 'é' } }).collect();
                        append(&path, &chunk);
                        written.push_str(&chunk);
                    }
                    Step::Rotate => {
                        seen += &tail.read_lines().unwrap().concat();
                        rotate(&path);
                        seen += &tail.read_lines().unwrap().concat();
                    }
                    Step::Read => seen += &tail.read_lines().unwrap().concat(),
                }
            }
            append(&path, "\n");
            seen += &tail.read_lines().unwrap().concat();
            prop_assert_eq!(seen, written.replace('\n', ""));
        }
    }
}
