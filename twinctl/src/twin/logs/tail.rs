//! A log file that is rotated while it is read: `twin.log`, then `twin.log.1` and older.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read as _, Seek as _, SeekFrom},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

/// More old ones than are kept.
const OLDEST: usize = 9;

#[derive(Debug)]
pub(crate) struct Tail {
    path: PathBuf,
    file: Option<File>,
    /// The beginning of a line whose end is not written yet.
    begun: Vec<u8>,
    /// The older files were read.
    caught_up: bool,
}

impl Tail {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, file: None, begun: Vec::new(), caught_up: false }
    }

    /// The lines since the last look; at first all that are kept.
    pub(crate) fn look(&mut self) -> io::Result<Vec<String>> {
        let mut lines = Vec::new();
        if self.file.is_none() {
            // Just after it was rotated there may be no new one yet.
            self.file =
                open(&self.path)?.map_or_else(|| open(&rotated(&self.path, 1)), |file| Ok(Some(file)))?;
        }
        if !self.caught_up && self.file.is_some() {
            self.caught_up = true;
            for age in (1..=OLDEST).rev() {
                self.read_old(&rotated(&self.path, age), &mut lines)?;
            }
        }
        while self.read(&mut lines)? && self.turn_over(&mut lines)? {}
        Ok(lines)
    }

    /// Unless it is the one that is open, because it was rotated just now.
    fn read_old(&mut self, path: &Path, lines: &mut Vec<String>) -> io::Result<()> {
        let Some(mut old) = open(path)? else { return Ok(()) };
        if let Some(file) = &self.file
            && same(file, &old.metadata()?)?
        {
            return Ok(());
        }
        old.read_to_end(&mut self.begun)?;
        self.take_lines(lines);
        self.end_line(lines);
        Ok(())
    }

    /// What was written meanwhile. False where there is no file.
    fn read(&mut self, lines: &mut Vec<String>) -> io::Result<bool> {
        let Some(file) = &mut self.file else { return Ok(false) };
        if file.metadata()?.len() < file.stream_position()? {
            file.seek(SeekFrom::Start(0))?;
        }
        file.read_to_end(&mut self.begun)?;
        self.take_lines(lines);
        Ok(true)
    }

    /// Goes on with the new file where the open one was rotated away. The open one is read to its end: nobody writes to
    /// it any more.
    fn turn_over(&mut self, lines: &mut Vec<String>) -> io::Result<bool> {
        let (Some(file), Some(next)) = (&self.file, open(&self.path)?) else { return Ok(false) };
        if same(file, &next.metadata()?)? {
            return Ok(false);
        }
        self.read(lines)?;
        self.end_line(lines);
        self.file = Some(next);
        Ok(true)
    }

    fn take_lines(&mut self, lines: &mut Vec<String>) {
        let Some(end) = self.begun.iter().rposition(|byte| *byte == b'\n') else { return };
        let rest = self.begun.split_off(end + 1);
        let whole = std::mem::replace(&mut self.begun, rest);
        lines.extend(String::from_utf8_lossy(&whole).lines().map(ToOwned::to_owned));
    }

    fn end_line(&mut self, lines: &mut Vec<String>) {
        if !self.begun.is_empty() {
            self.begun.push(b'\n');
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

fn same(file: &File, other: &fs::Metadata) -> io::Result<bool> {
    let own = file.metadata()?;
    Ok((own.dev(), own.ino()) == (other.dev(), other.ino()))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;

    use super::*;

    fn append(path: &Path, text: &str) {
        File::options().create(true).append(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// As the front door does it: three old ones stay.
    fn rotate(path: &Path) {
        for age in (1..3).rev() {
            drop(fs::rename(rotated(path, age), rotated(path, age + 1)));
        }
        drop(fs::rename(path, rotated(path, 1)));
    }

    #[test]
    fn old_files_come_first_and_a_line_comes_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("twin.log");
        let mut tail = Tail::new(path.clone());
        assert_eq!(tail.look().unwrap(), [""; 0]);
        append(&path, "one\ntw");
        assert_eq!(tail.look().unwrap(), ["one"]);
        append(&path, "o\n");
        assert_eq!(tail.look().unwrap(), ["two"]);
        append(&path, "three\n");
        rotate(&path);
        assert_eq!(tail.look().unwrap(), ["three"]);
        append(&path, "four\n");
        rotate(&path);
        append(&path, "five");
        assert_eq!(Tail::new(path.clone()).look().unwrap(), ["one", "two", "three", "four"]);
    }

    #[test]
    fn a_file_that_was_emptied_is_read_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("twin.log");
        append(&path, "one\ntwo\n");
        let mut tail = Tail::new(path.clone());
        assert_eq!(tail.look().unwrap().len(), 2);
        fs::write(&path, "new\n").unwrap();
        assert_eq!(tail.look().unwrap(), ["new"]);
    }

    #[derive(Debug, Clone)]
    enum Step {
        Write(usize),
        Rotate,
        Look,
    }

    proptest! {
        /// As long as it is looked at before the next rotation, as the size of the files makes sure.
        #[test]
        fn each_line_is_seen_once_and_in_order(
            steps in prop::collection::vec(
                prop_oneof![4 => (1..20_usize).prop_map(Step::Write), 1 => Just(Step::Rotate), 2 => Just(Step::Look)],
                0..40,
            ),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("twin.log");
            let mut tail = Tail::new(path.clone());
            let mut seen = tail.look().unwrap().concat();
            let (mut written, mut text) = (String::new(), 0);
            for step in steps {
                match step {
                    Step::Write(length) => {
                        // Bytes that a cut may tear apart, with an end of line now and then.
                        let piece: String = (0..length).map(|_| { text += 1; if text % 7 == 0 { '\n' } else { 'é' } }).collect();
                        append(&path, &piece);
                        written.push_str(&piece);
                    }
                    Step::Rotate => {
                        seen += &tail.look().unwrap().concat();
                        rotate(&path);
                        seen += &tail.look().unwrap().concat();
                    }
                    Step::Look => seen += &tail.look().unwrap().concat(),
                }
            }
            append(&path, "\n");
            seen += &tail.look().unwrap().concat();
            prop_assert_eq!(seen, written.replace('\n', ""));
        }
    }
}
