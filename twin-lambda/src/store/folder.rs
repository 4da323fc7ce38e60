//! A store that keeps objects as files in a folder. Several processes may write to it.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::{Entry, Object, Precondition, PutResult, Store, StoreError, Version};
use crate::session::random_id;

/// The deepest folder that is listed. Data files are not nested deeper.
const MAX_DEPTH: usize = 3;

#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self(root.into())
    }

    /// Runs file operations on another thread, because they would block the thread that serves all requests.
    async fn run<T: Send + 'static>(
        &self,
        name: &str,
        operation: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let root = self.0.clone();
        let result = tokio::task::spawn_blocking(move || operation(&root)).await;
        result.map_err(|_| StoreError::Interrupted)?.map_err(|error| StoreError::File(name.to_owned(), error))
    }
}

#[async_trait]
impl Store for Folder {
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        let file = key.to_owned();
        self.run(key, move |root| read(&root.join(file))).await
    }

    async fn put(&self, key: &str, body: Bytes, precondition: Precondition) -> Result<PutResult, StoreError> {
        let file = key.to_owned();
        self.run(key, move |root| write(root, &root.join(file), &body, &precondition)).await
    }

    async fn list(&self) -> Result<Vec<Entry>, StoreError> {
        self.run("the folder", |root| {
            let mut entries = Vec::new();
            walk(root, root, MAX_DEPTH, &mut entries)?;
            Ok(entries)
        })
        .await
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        let file = key.to_owned();
        self.run(key, move |root| {
            let _lock = lock(root)?;
            none_if_not_found(fs::remove_file(root.join(file))).map(drop)
        })
        .await
    }
}

fn read(path: &Path) -> io::Result<Option<Object>> {
    let body = none_if_not_found(fs::read(path))?;
    Ok(body.map(|body| Object { version: version(&body), body: body.into() }))
}

fn write(root: &Path, path: &Path, body: &[u8], precondition: &Precondition) -> io::Result<PutResult> {
    let folder = path.parent().unwrap_or(root);
    fs::create_dir_all(folder)?;
    let _lock = lock(root)?;
    let is_met = match (precondition, read(path)?) {
        (Precondition::Absent, found) => found.is_none(),
        (Precondition::Unchanged(version), found) => found.is_some_and(|found| found.version == *version),
    };
    if !is_met {
        return Ok(PutResult::Conflict);
    }
    // Write to a temporary file and rename it, so that no reader sees a partly written file.
    let draft = folder.join(format!(".{}.draft", random_id()));
    File::create(&draft)?.write_all(body)?;
    fs::rename(draft, path)?;
    Ok(PutResult::Written)
}

/// Takes the lock that other processes wait for. Dropping the file releases it.
fn lock(root: &Path) -> io::Result<File> {
    fs::create_dir_all(root)?;
    let file = File::create(root.join(".lock"))?;
    file.lock()?;
    Ok(file)
}

fn walk(root: &Path, folder: &Path, depth: usize, entries: &mut Vec<Entry>) -> io::Result<()> {
    let Some(found) = none_if_not_found(fs::read_dir(folder))? else {
        return Ok(());
    };
    for entry in found {
        let path = entry?.path();
        let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        if path.is_dir() {
            if depth > 1 {
                walk(root, &path, depth - 1, entries)?;
            }
        } else if let (Some(key), Ok(metadata)) =
            (path.strip_prefix(root).ok().and_then(Path::to_str), path.metadata())
        {
            let modified =
                metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
            let version = Version(format!("{}-{}", metadata.len(), modified.unwrap_or_default().as_nanos()));
            entries.push(Entry { key: key.to_owned(), version });
        }
    }
    Ok(())
}

fn version(body: &[u8]) -> Version {
    Version(HEXLOWER.encode(&Sha256::digest(body)))
}

fn none_if_not_found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn writes_only_if_the_precondition_is_met() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::new(root.path());
        let put = |text: &'static str, precondition| folder.put("a/b.json", Bytes::from(text), precondition);
        assert_eq!(put("1", Precondition::Absent).await.unwrap(), PutResult::Written);
        assert_eq!(put("2", Precondition::Absent).await.unwrap(), PutResult::Conflict);
        let object = folder.get("a/b.json").await.unwrap().unwrap();
        assert_eq!(
            put("2", Precondition::Unchanged(object.version.clone())).await.unwrap(),
            PutResult::Written
        );
        assert_eq!(put("3", Precondition::Unchanged(object.version)).await.unwrap(), PutResult::Conflict);
        assert_eq!(folder.get("a/b.json").await.unwrap().unwrap().body, "2");
    }

    #[tokio::test]
    async fn missing_objects_are_none_and_can_be_deleted() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::new(root.path().join("missing"));
        assert!(folder.get("x").await.unwrap().is_none());
        assert!(folder.list().await.unwrap().is_empty());
        folder.delete("x").await.unwrap();
    }

    #[tokio::test]
    async fn lists_all_files_except_hidden_ones() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::new(root.path());
        folder.put("prompts/system_prompt.txt", Bytes::from("x"), Precondition::Absent).await.unwrap();
        folder.put("me.txt", Bytes::from("x"), Precondition::Absent).await.unwrap();
        let mut keys: Vec<String> = folder.list().await.unwrap().into_iter().map(|entry| entry.key).collect();
        keys.sort();
        assert_eq!(keys, ["me.txt", "prompts/system_prompt.txt"]);
    }
}
