//! The file of a backup, as `restore` reads it.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read as _},
    path::Path,
};

use futures_util::{StreamExt as _, stream};
use persona::{AGE_MAGIC, Files, Key, decrypt_from};

use super::stored::{Comparison, Counts, Stored, damaged};
use crate::{
    twin::backup::{BackupError, BackupReader, FolderReader, Header, Line, Object},
    ui::{Diagnostic, Exit},
};

/// Number of objects that are compared or written in parallel.
const CONCURRENCY: usize = 16;

/// The file of a backup, or the folder of `destroy --backup`. It is read twice, so that it need not fit into memory.
pub(super) struct BackupFile<'a> {
    pub(super) path: &'a Path,
    pub(super) key: Option<&'a Key>,
}

enum Reader {
    File(BackupReader<Box<dyn BufRead>>),
    Folder(FolderReader),
}

impl Reader {
    fn next(&mut self) -> Result<Option<Line>, BackupError> {
        match self {
            Self::File(reader) => reader.next(),
            Self::Folder(reader) => reader.next(),
        }
    }
}

/// Returns whether the content of a file is encrypted, whatever its name is.
pub(super) fn is_encrypted(path: &Path) -> Result<bool, Diagnostic> {
    if path.is_dir() {
        return Ok(false);
    }
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(AGE_MAGIC.len() as u64).read_to_end(&mut start));
    read.map(|_| start == AGE_MAGIC).map_err(|error| unreadable(path, &error))
}

impl BackupFile<'_> {
    /// Returns the header of the backup. A folder has none.
    pub(super) fn header(&self) -> Result<Option<Header>, Diagnostic> {
        self.open().map(|(_, header)| header)
    }

    fn open(&self) -> Result<(Reader, Option<Header>), Diagnostic> {
        if self.path.is_dir() {
            let folder = FolderReader::open(self.path).map_err(|error| unreadable(self.path, &error))?;
            let folder = folder.ok_or_else(|| damaged(&BackupError::NoHeader))?;
            return Ok((Reader::Folder(folder), None));
        }
        let file = BufReader::new(File::open(self.path).map_err(|error| unreadable(self.path, &error))?);
        let input: Box<dyn BufRead> = match self.key {
            Some(key) => {
                let decrypted = decrypt_from(file, key)
                    .map_err(|error| Diagnostic::new(Exit::Access, error.to_string()).hint(error.hint()))?;
                Box::new(BufReader::new(decrypted))
            }
            None => Box::new(file),
        };
        let (reader, header) = BackupReader::new(input).map_err(|error| damaged(&error))?;
        Ok((Reader::File(reader), Some(header)))
    }

    /// Reads the whole file. Returns its data files, and how its conversations and questions compare with the stored ones.
    pub(super) async fn compare(&self, stored: &Stored<'_>) -> Result<(Files, Comparison), Diagnostic> {
        let (mut reader, _) = self.open()?;
        let mut data = Files::default();
        let mut found = Comparison::default();
        loop {
            let batch = batch(&mut reader, &mut data).map_err(|error| damaged(&error))?;
            if batch.is_empty() {
                return Ok((data, found));
            }
            let compared = stream::iter(batch).map(|object| stored.compare(object)).buffered(CONCURRENCY);
            let compared: Vec<_> = compared.collect().await;
            for compared in compared {
                found.add(compared?);
            }
        }
    }

    /// Writes the conversations and questions that are missing, and if requested those that differ.
    pub(super) async fn write(
        &self,
        stored: &Stored<'_>,
        found: &Comparison,
        overwrite: bool,
    ) -> Result<Counts, Diagnostic> {
        let (mut reader, _) = self.open()?;
        let (mut data, mut written) = (Files::default(), Counts::default());
        loop {
            let batch = batch(&mut reader, &mut data).map_err(|error| damaged(&error))?;
            if batch.is_empty() {
                return Ok(written);
            }
            let writes = stream::iter(batch).map(|object| stored.restore(object, found, overwrite));
            let writes: Vec<_> = writes.buffered(CONCURRENCY).collect().await;
            for key in writes {
                key?.iter().for_each(|key| written.add(key));
            }
        }
    }
}

/// Reads the next conversations and questions, and the data files before them. Returns none at the end.
fn batch(reader: &mut Reader, data: &mut Files) -> Result<Vec<Object>, BackupError> {
    let mut batch = Vec::new();
    while batch.len() < CONCURRENCY {
        match reader.next()? {
            Some(Line::Data(object)) => data.insert(object.key.clone(), object.bytes()?),
            Some(Line::Memory(object)) => batch.push(object),
            _ => break,
        }
    }
    Ok(batch)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::unexpected(&format!("could not read {}", path.display()), error)
}
