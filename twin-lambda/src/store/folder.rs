//! Objects as files in a folder, safe between processes too.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use bytes::Bytes;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::{Entry, Object, Put, Seen, Store, StoreError, Tag};
use crate::session::random_text;

/// Personal data lies at most this deep.
const DEPTH: usize = 3;

#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self(root.into())
    }

    /// File calls block, so they run beside the one thread that serves everybody.
    async fn run<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let root = self.0.clone();
        let done = tokio::task::spawn_blocking(move || work(&root)).await;
        done.map_err(|_| StoreError::Interrupted)?.map_err(|error| StoreError::File(name.to_owned(), error))
    }
}

#[async_trait]
impl Store for Folder {
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError> {
        let file = key.to_owned();
        self.run(key, move |root| read(&root.join(file))).await
    }

    async fn put(&self, key: &str, body: Bytes, seen: Seen) -> Result<Put, StoreError> {
        let file = key.to_owned();
        self.run(key, move |root| write(root, &root.join(file), &body, &seen)).await
    }

    async fn list(&self) -> Result<Vec<Entry>, StoreError> {
        self.run("the folder", |root| {
            let mut entries = Vec::new();
            walk(root, root, DEPTH, &mut entries)?;
            Ok(entries)
        })
        .await
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        let file = key.to_owned();
        self.run(key, move |root| {
            let _lock = lock(root)?;
            absent_is_none(fs::remove_file(root.join(file))).map(drop)
        })
        .await
    }
}

fn read(path: &Path) -> io::Result<Option<Object>> {
    let body = absent_is_none(fs::read(path))?;
    Ok(body.map(|body| Object { tag: tag(&body), body: body.into() }))
}

fn write(root: &Path, path: &Path, body: &[u8], seen: &Seen) -> io::Result<Put> {
    let folder = path.parent().unwrap_or(root);
    fs::create_dir_all(folder)?;
    let _lock = lock(root)?;
    let unchanged = match (seen, read(path)?) {
        (Seen::Nothing, found) => found.is_none(),
        (Seen::Version(seen), found) => found.is_some_and(|found| found.tag == *seen),
    };
    if !unchanged {
        return Ok(Put::Conflict);
    }
    // Written beside and moved into place, so that no reader ever sees half a file.
    let draft = folder.join(format!(".{}.draft", random_text()));
    File::create(&draft)?.write_all(body)?;
    fs::rename(draft, path)?;
    Ok(Put::Written)
}

/// Held until it is dropped; other processes wait for it.
fn lock(root: &Path) -> io::Result<File> {
    fs::create_dir_all(root)?;
    let file = File::create(root.join(".lock"))?;
    file.lock()?;
    Ok(file)
}

fn walk(root: &Path, folder: &Path, depth: usize, entries: &mut Vec<Entry>) -> io::Result<()> {
    let Some(found) = absent_is_none(fs::read_dir(folder))? else {
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
        } else if let (Some(key), Ok(about)) =
            (path.strip_prefix(root).ok().and_then(Path::to_str), path.metadata())
        {
            let written =
                about.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
            let tag = Tag(format!("{}-{}", about.len(), written.unwrap_or_default().as_nanos()));
            entries.push(Entry { key: key.to_owned(), tag });
        }
    }
    Ok(())
}

fn tag(body: &[u8]) -> Tag {
    Tag(HEXLOWER.encode(&Sha256::digest(body)))
}

fn absent_is_none<T>(result: io::Result<T>) -> io::Result<Option<T>> {
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
    async fn writes_only_over_what_was_seen() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::new(root.path());
        let put = |text: &'static str, seen| folder.put("a/b.json", Bytes::from(text), seen);
        assert_eq!(put("1", Seen::Nothing).await.unwrap(), Put::Written);
        assert_eq!(put("2", Seen::Nothing).await.unwrap(), Put::Conflict);
        let seen = folder.get("a/b.json").await.unwrap().unwrap();
        assert_eq!(put("2", Seen::Version(seen.tag.clone())).await.unwrap(), Put::Written);
        assert_eq!(put("3", Seen::Version(seen.tag)).await.unwrap(), Put::Conflict);
        assert_eq!(folder.get("a/b.json").await.unwrap().unwrap().body, "2");
    }

    #[tokio::test]
    async fn what_is_not_there_is_none_and_can_be_deleted() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::new(root.path().join("missing"));
        assert!(folder.get("x").await.unwrap().is_none());
        assert!(folder.list().await.unwrap().is_empty());
        folder.delete("x").await.unwrap();
    }

    #[tokio::test]
    async fn lists_files_and_no_hidden_ones() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::new(root.path());
        folder.put("prompts/system_prompt.txt", Bytes::from("x"), Seen::Nothing).await.unwrap();
        folder.put("me.txt", Bytes::from("x"), Seen::Nothing).await.unwrap();
        let mut keys: Vec<String> = folder.list().await.unwrap().into_iter().map(|entry| entry.key).collect();
        keys.sort();
        assert_eq!(keys, ["me.txt", "prompts/system_prompt.txt"]);
    }
}
