//! The folder that `destroy --backup` writes, read like the file of a backup.

use std::{
    fs, io,
    path::{Path, PathBuf},
    vec,
};

use contract::key::{is_deleted, of_path};
use ignore::WalkBuilder;

use super::{BackupError, Line, Object, is_data_key, is_memory_key};
use crate::artifacts::data::{HISTORY, History};

/// The end of the name of a file that was not downloaded completely.
const PART: &str = "%part";

/// Reads the data files, then the conversations and questions.
pub(crate) struct FolderReader {
    data: vec::IntoIter<(String, PathBuf)>,
    memory: vec::IntoIter<(String, PathBuf)>,
}

impl FolderReader {
    /// Returns `None` if the folder contains neither data files with their history nor a memory.
    pub(crate) fn open(folder: &Path) -> io::Result<Option<Self>> {
        let (data, memory) = (folder.join("data"), folder.join("memory"));
        if !data.join(HISTORY).is_file() && !memory.is_dir() {
            return Ok(None);
        }
        let history = fs::read(data.join(HISTORY)).ok().and_then(|json| History::from_json(&json).ok());
        let set = history.as_ref().and_then(History::newest);
        // As in the file of a backup: without the sample persona, and without files that no upload contained.
        let is_saved = |key: &str| {
            is_data_key(key) && set.is_none_or(|set| !set.is_sample && set.files.contains_key(key))
        };
        let data = files(&data)?.into_iter().filter(|(key, _)| is_saved(key)).collect::<Vec<_>>();
        let is_conversation = |path: &PathBuf| path.metadata().is_ok_and(|file| !is_deleted(file.len()));
        let memory = files(&memory)?.into_iter();
        let memory =
            memory.filter(|(key, path)| is_memory_key(key) && is_conversation(path)).collect::<Vec<_>>();
        Ok(Some(Self { data: data.into_iter(), memory: memory.into_iter() }))
    }

    pub(crate) fn next(&mut self) -> Result<Option<Line>, BackupError> {
        let read = |(key, path): (String, PathBuf)| Ok::<_, io::Error>(Object::new(key, fs::read(path)?));
        if let Some(file) = self.data.next() {
            return Ok(Some(Line::Data(read(file)?)));
        }
        Ok(self.memory.next().map(read).transpose()?.map(Line::Memory))
    }
}

/// Returns the files that are not hidden, by their keys.
fn files(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    let walk =
        WalkBuilder::new(folder).standard_filters(false).hidden(true).sort_by_file_path(Path::cmp).build();
    for entry in walk {
        let path = entry.map_err(io::Error::other)?.into_path();
        let name = path.strip_prefix(folder).ok().and_then(of_path).filter(|name| !name.ends_with(PART));
        let Some(name) = name.filter(|_| path.is_file()) else { continue };
        found.push((decoded(&name), path));
    }
    Ok(found)
}

/// Returns the key of a file. A download encodes the characters that some systems do not allow in names, and no others.
fn decoded(name: &str) -> String {
    const ENCODED: [(&str, &str); 9] = [
        ("%5C", "\\"),
        ("%3A", ":"),
        ("%2A", "*"),
        ("%3F", "?"),
        ("%22", "\""),
        ("%3C", "<"),
        ("%3E", ">"),
        ("%7C", "|"),
        ("%25", "%"),
    ];
    ENCODED.iter().fold(name.to_owned(), |name, (code, character)| name.replace(code, character))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(folder: &Path) -> Vec<String> {
        let mut reader = FolderReader::open(folder).unwrap().unwrap();
        let mut keys = Vec::new();
        while let Some(Line::Data(object) | Line::Memory(object)) = reader.next().unwrap() {
            keys.push(object.key);
        }
        keys
    }

    #[test]
    fn data_files_of_the_newest_set_precede_conversations() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        assert!(FolderReader::open(folder.path()).unwrap().is_none());
        for name in ["memory/a.json", "memory/questions/0a.json", "memory/b.json%part", "memory/notes.txt"] {
            write(name, "[1]");
        }
        write("memory/deleted.json", &format!("[{}]", " ".repeat(contract::key::DELETED - 2)));
        assert_eq!(keys(folder.path()), ["a.json", "questions/0a.json"]);
        write("data/a%3Ab.txt", "notes");
        write("data/facts.json", "{}");
        assert_eq!(keys(folder.path())[..2], ["a:b.txt", "facts.json"]);
        let set = |is_sample: bool| {
            let print = serde_json::json!({ "size": 2, "etag": "99914b932bd37a50b983c5e7c90ae93b" });
            let set = serde_json::json!({
                "id": "1", "at": "2026-01-01T00:00:00Z", "by": "ada", "files": { "facts.json": print }, "is_sample": is_sample,
            });
            serde_json::json!({ "version": 1, "sets": [set] }).to_string()
        };
        write("data/.twinctl/history.json", &set(false));
        assert_eq!(keys(folder.path()), ["facts.json", "a.json", "questions/0a.json"]);
        write("data/.twinctl/history.json", &set(true));
        assert_eq!(keys(folder.path()), ["a.json", "questions/0a.json"]);
    }
}
