//! The file of a backup: one JSON object per line. The first one describes the twin, the last one shows that the file is
//! complete. Data files precede conversations and questions.

mod folder;

use std::io::{self, BufRead, Write};

use aws_smithy_types::base64;
use contract::key::{Form, is_question};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use folder::FolderReader;

const VERSION: u32 = 1;

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Line {
    Backup(Header),
    /// A data file.
    Data(Object),
    /// A conversation or an unanswered question.
    Memory(Object),
    End {
        objects: u64,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Header {
    version: u32,
    pub(crate) project: String,
    pub(crate) environment: String,
    pub(crate) at: Timestamp,
    /// The settings of the environment, with all defaults.
    pub(crate) settings: Value,
    /// The environment file with all that it inherits, without the name of the environment. Older backups do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<String>,
}

/// An object with its key in the bucket or folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Object {
    pub(crate) key: String,
    /// When a conversation or question was written. Older backups and folders do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) written: Option<Timestamp>,
    #[serde(flatten)]
    content: Content,
}

/// Text is readable in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Content {
    Text(String),
    Base64(String),
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum BackupError {
    #[error("could not read the backup")]
    Io(#[from] io::Error),
    #[error("line {0} is not a part of a backup")]
    Line(usize, #[source] serde_json::Error),
    #[error("this is not a backup of a twin")]
    NoHeader,
    #[error("the backup has version {0}, which this version of twinctl does not support")]
    Version(u32),
    #[error("the end of the backup is missing")]
    Truncated,
    #[error("the backup contains an object with the invalid key `{0}`")]
    Key(String),
}

impl Header {
    pub(crate) fn new(project: String, environment: String, at: Timestamp, settings: Value) -> Self {
        Self { version: VERSION, project, environment, at, settings, file: None }
    }

    pub(crate) fn with_file(self, file: Option<String>) -> Self {
        Self { file, ..self }
    }
}

impl Object {
    pub(crate) fn new(key: String, bytes: Vec<u8>) -> Self {
        let content = match String::from_utf8(bytes) {
            Ok(text) => Content::Text(text),
            Err(error) => Content::Base64(base64::encode(error.as_bytes())),
        };
        Self { key, written: None, content }
    }

    pub(crate) fn written_at(self, at: Timestamp) -> Self {
        Self { written: Some(at), ..self }
    }

    pub(crate) fn bytes(&self) -> Result<Vec<u8>, BackupError> {
        match &self.content {
            Content::Text(text) => Ok(text.clone().into_bytes()),
            Content::Base64(text) => base64::decode(text).map_err(|_| BackupError::Key(self.key.clone())),
        }
    }
}

/// Writes a backup.
pub(crate) struct BackupWriter<W> {
    output: W,
    objects: u64,
}

impl<W: Write> BackupWriter<W> {
    pub(crate) fn new(output: W, header: Header) -> io::Result<Self> {
        let mut writer = Self { output, objects: 0 };
        writer.line(&Line::Backup(header))?;
        Ok(writer)
    }

    pub(crate) fn data(&mut self, object: Object) -> io::Result<()> {
        self.objects += 1;
        self.line(&Line::Data(object))
    }

    pub(crate) fn memory(&mut self, object: Object) -> io::Result<()> {
        self.objects += 1;
        self.line(&Line::Memory(object))
    }

    /// Writes the last line, and returns the output.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.line(&Line::End { objects: self.objects })?;
        self.output.flush()?;
        Ok(self.output)
    }

    fn line(&mut self, line: &Line) -> io::Result<()> {
        serde_json::to_writer(&mut self.output, line)?;
        self.output.write_all(b"\n")
    }
}

/// Reads a backup object by object. The last one is followed by `None` only if the file is complete.
pub(crate) struct BackupReader<R> {
    input: R,
    line: usize,
    objects: u64,
    is_complete: bool,
}

impl<R: BufRead> BackupReader<R> {
    pub(crate) fn new(input: R) -> Result<(Self, Header), BackupError> {
        let mut reader = Self { input, line: 0, objects: 0, is_complete: false };
        match reader.line() {
            Ok(Some(Line::Backup(header))) if header.version == VERSION => Ok((reader, header)),
            Ok(Some(Line::Backup(header))) => Err(BackupError::Version(header.version)),
            Ok(_) | Err(BackupError::Line(..)) => Err(BackupError::NoHeader),
            Err(error) => Err(error),
        }
    }

    /// Returns the next data file, conversation or question.
    pub(crate) fn next(&mut self) -> Result<Option<Line>, BackupError> {
        if self.is_complete {
            return Ok(None);
        }
        let line = self.line()?.ok_or(BackupError::Truncated)?;
        self.objects += 1;
        match &line {
            Line::Backup(_) => Err(BackupError::NoHeader),
            Line::Data(object) if !is_data_key(&object.key) => Err(BackupError::Key(object.key.clone())),
            Line::Memory(object) if !is_memory_key(&object.key) => Err(BackupError::Key(object.key.clone())),
            Line::Data(_) | Line::Memory(_) => Ok(Some(line)),
            Line::End { objects } if objects + 1 == self.objects => {
                self.is_complete = true;
                Ok(None)
            }
            Line::End { .. } => Err(BackupError::Truncated),
        }
    }

    fn line(&mut self) -> Result<Option<Line>, BackupError> {
        let mut text = Vec::new();
        if self.input.read_until(b'\n', &mut text)? == 0 {
            return Ok(None);
        }
        self.line += 1;
        if !text.ends_with(b"\n") {
            return Err(BackupError::Truncated);
        }
        serde_json::from_slice(&text).map(Some).map_err(|error| BackupError::Line(self.line, error))
    }
}

/// Returns whether a conversation or question can have this key. Others could be written outside of the folder.
pub(crate) fn is_memory_key(key: &str) -> bool {
    Form::parse(key).is_some() || is_question(key)
}

pub(crate) fn is_data_key(key: &str) -> bool {
    key.split('/').all(|part| !part.is_empty() && !part.starts_with('.')) && !key.contains('\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backup() -> Vec<u8> {
        let header = Header::new("twin".into(), "dev".into(), Timestamp::UNIX_EPOCH, Value::Null);
        let mut writer = BackupWriter::new(Vec::new(), header).unwrap();
        writer.data(Object::new("data/cv.pdf".into(), vec![0xff, 0, b'\n'])).unwrap();
        writer.memory(Object::new("conversations/a.json".into(), b"{\n\"x\": 1}".to_vec())).unwrap();
        writer.memory(Object::new("questions/0a.json".into(), "ä".into())).unwrap();
        writer.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, BackupError> {
        let (mut reader, _) = BackupReader::new(bytes)?;
        let mut all = Vec::new();
        while let Some(Line::Data(object) | Line::Memory(object)) = reader.next()? {
            all.push((object.key.clone(), object.bytes()?));
        }
        Ok(all)
    }

    #[test]
    fn a_backup_is_read_as_it_was_written() {
        let all = read(&backup()).unwrap();
        let keys: Vec<_> = all.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["data/cv.pdf", "conversations/a.json", "questions/0a.json"]);
        assert_eq!(all[0].1, [0xff, 0, b'\n']);
        assert_eq!(all[1].1, b"{\n\"x\": 1}");
    }

    #[test]
    fn a_backup_that_was_cut_anywhere_is_refused() {
        let whole = backup();
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_err(), "{length} of {} bytes", whole.len());
        }
        let lines: Vec<_> = whole.split_inclusive(|byte| *byte == b'\n').collect();
        for left_out in 0..lines.len() {
            let rest: Vec<u8> = lines
                .iter()
                .enumerate()
                .filter(|(at, _)| *at != left_out)
                .flat_map(|(_, line)| line.to_vec())
                .collect();
            assert!(read(&rest).is_err(), "without line {left_out}");
        }
    }

    #[test]
    fn keys_that_lead_out_of_the_folder_are_refused() {
        for key in
            ["../a.json", "conversations/../../a.json", "/etc/a.json", ".twinctl/history.json", "a.txt", ""]
        {
            assert!(!is_memory_key(key), "{key}");
        }
        for key in [
            "../facts.json",
            "/facts.json",
            ".twinctl/history.json",
            "data//facts.json",
            "data\\facts.json",
            "",
        ] {
            assert!(!is_data_key(key), "{key}");
        }
        assert!(is_data_key("data/prompts/system_prompt.txt"));
        let text =
            String::from_utf8(backup()).unwrap().replace("conversations/a.json", "conversations/../a.json");
        assert!(matches!(read(text.as_bytes()), Err(BackupError::Key(_))));
    }
}
