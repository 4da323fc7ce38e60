//! The conversations of a local twin, in a folder with one file for each object.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::SystemTime,
};

use async_trait::async_trait;
use contract::{
    expiry::{MARKS, mark, nanoseconds},
    key::{self, LOCK_FILE},
    owner_only,
};
use ignore::{DirEntry, WalkBuilder};
use jiff::Timestamp;
use reconcile::Fault;

use crate::system::{clock, files};
use crate::twin::store::{Entry, Store};

/// The store of a local twin.
#[derive(Debug)]
pub(crate) struct FolderStore {
    pub(crate) path: PathBuf,
    /// Whether written objects expire, as twin-lambda's objects do.
    pub(crate) expires: bool,
}

impl FolderStore {
    fn entry(&self, found: &DirEntry) -> Option<Entry> {
        // The file may have been deleted since it was listed.
        let about = found.path().metadata().ok().filter(fs::Metadata::is_file)?;
        let inside = found.path().strip_prefix(&self.path).ok()?;
        let written = about.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
        let written = written.and_then(|time| Timestamp::from_second(time.as_second()).ok());
        Some(Entry { key: key::of_path(inside)?, written: written.unwrap_or_default(), size: about.len() })
    }
}

impl FolderStore {
    /// Marks an object whose file has, or will have, this modification time, so that it expires. The lock must be held.
    fn mark(&self, key: &str, modified: SystemTime) -> io::Result<()> {
        let mut marks = OpenOptions::new();
        let marks = owner_only::create(marks.append(true).create(true)).open(self.path.join(MARKS));
        marks?.write_all(mark(key, nanoseconds(modified)).as_bytes())
    }
}

#[async_trait(?Send)]
impl Store for FolderStore {
    async fn list(&self, prefix: &str) -> Result<Option<Vec<Entry>>, Fault> {
        if !self.path.is_dir() {
            return Ok(None);
        }
        // Hidden files are the lock, the folder's tag and temporary files.
        let walk = WalkBuilder::new(&self.path).standard_filters(false).hidden(true).build();
        let mut entries = Vec::new();
        for entry in walk {
            let entry = entry.map_err(|error| Fault::new(reconcile::Class::Refused, error))?;
            entries.extend(self.entry(&entry).filter(|entry| entry.key.starts_with(prefix)));
        }
        Ok(Some(entries))
    }

    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        files::read(&self.path.join(key))
    }

    /// Waits for a conversation that is being written.
    async fn write(&self, key: &str, bytes: &[u8], expected: Option<&[u8]>) -> Result<bool, Fault> {
        let _lock = lock_memory(&self.path).map_err(files::fault("lock", &self.path.join(LOCK_FILE)))?;
        let path = self.path.join(key);
        if files::read(&path)?.as_deref() != expected {
            return Ok(false);
        }
        // A draft that is left behind is removed with the next conversation. Its id is that of a session: 22 characters.
        let name = || key::draft(&clock::unique_id()[4..]);
        if !self.expires {
            return files::write_in_through(&self.path, Path::new(key), &name(), bytes).map(|()| true);
        }
        let draft = Path::new(key).with_file_name(name());
        files::write_in_through(&self.path, &draft, &name(), bytes)?;
        // Before the rename, as twin-lambda does: a mark without its file has no effect.
        let draft = self.path.join(draft);
        let marked = draft.metadata().and_then(|about| about.modified()).and_then(|at| self.mark(key, at));
        marked.map_err(files::fault("write", &self.path.join(MARKS)))?;
        fs::rename(&draft, &path).map_err(files::fault("write", &path)).map(|()| true)
    }

    fn keeps_times(&self) -> bool {
        true
    }

    /// Marks the file first, as [`Store::write`] does: a mark with another time than the file's has no effect.
    async fn set_written(&self, key: &str, bytes: &[u8], at: Timestamp) -> Result<(), Fault> {
        let path = self.path.join(key);
        let _lock = lock_memory(&self.path).map_err(files::fault("lock", &self.path.join(LOCK_FILE)))?;
        // A visitor may have continued or deleted the conversation meanwhile.
        if files::read(&path)?.as_deref() != Some(bytes) {
            return Ok(());
        }
        let at = SystemTime::from(at);
        if self.expires {
            self.mark(key, at).map_err(files::fault("write", &self.path.join(MARKS)))?;
        }
        let file = File::options().write(true).open(&path);
        file.and_then(|file| file.set_modified(at)).map_err(files::fault("write", &path))
    }

    async fn versions(&self, key: &str) -> Result<usize, Fault> {
        Ok(usize::from(self.read(key).await?.is_some()))
    }

    /// Waits for a conversation that is being written.
    async fn erase(&self, key: &str) -> Result<usize, Fault> {
        if self.read(key).await?.is_none() {
            return Ok(0);
        }
        let _lock = lock_memory(&self.path).map_err(files::fault("lock", &self.path.join(LOCK_FILE)))?;
        remove_drafts(&self.path).map_err(files::fault("remove drafts from", &self.path))?;
        files::remove(&self.path.join(key)).map(|()| 1)
    }
}

/// Takes the lock of a memory folder. While it is held, twin-lambda writes no conversation.
pub(super) fn lock_memory(folder: &Path) -> io::Result<File> {
    let file = File::create(folder.join(LOCK_FILE))?;
    file.lock().map(|()| file)
}

/// Removes the files that a killed twin-lambda did not finish. They may contain parts of any conversation. The lock must
/// be held, so that none is being written.
pub(super) fn remove_drafts(folder: &Path) -> io::Result<()> {
    let walk = WalkBuilder::new(folder).standard_filters(false).max_depth(Some(2)).build();
    for entry in walk.flatten().filter(is_draft) {
        match fs::remove_file(entry.path()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn is_draft(entry: &DirEntry) -> bool {
    entry.file_name().to_str().is_some_and(key::is_draft) && entry.path().is_file()
}

#[cfg(test)]
mod tests {
    use contract::key::Form;

    use super::*;
    use crate::{targets::local::gateway::count_expired, twin::conversations::count};

    #[tokio::test]
    async fn drafts_are_removed_with_a_conversation() {
        let folder = tempfile::tempdir().unwrap();
        let store = FolderStore { path: folder.path().to_owned(), expires: false };
        fs::create_dir(store.path.join("questions")).unwrap();
        let draft = key::draft(&"x".repeat(22));
        let drafts = [draft.clone(), format!("questions/{draft}")].map(|name| store.path.join(name));
        for path in drafts.iter().chain([&store.path.join("a.json"), &store.path.join(".x.draft")]) {
            fs::write(path, "[]").unwrap();
        }
        store.erase("a.json").await.unwrap();
        assert!(drafts.iter().all(|path| !path.exists()));
        assert!(store.path.join(".x.draft").exists(), "another program's file");
    }

    #[tokio::test]
    async fn a_restored_time_is_listed_and_expires_the_object() {
        let folder = tempfile::tempdir().unwrap();
        let store = FolderStore { path: folder.path().to_owned(), expires: true };
        for key in ["old.json", "new.json"] {
            assert!(store.write(key, b"[1]", None).await.unwrap());
        }
        let at: Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
        store.set_written("old.json", b"[2]", at).await.unwrap();
        assert_eq!(count_expired(folder.path(), 30).unwrap(), 0, "changed meanwhile");
        store.set_written("old.json", b"[1]", at).await.unwrap();
        let listed = store.list("old").await.unwrap().unwrap();
        assert_eq!(listed.iter().map(|entry| entry.written).collect::<Vec<_>>(), [at]);
        assert_eq!(count_expired(folder.path(), 30).unwrap(), 1);
    }

    #[tokio::test]
    async fn deleted_conversations_and_placeholders_do_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let store = FolderStore { path: folder.path().to_owned(), expires: false };
        let write = |name: &str, text: &str| fs::write(store.path.join(name), text).unwrap();
        let counted = async || count(&store, |key| Form::parse(key).is_some()).await.unwrap();
        write("deleted.json", &format!("[{}]", " ".repeat(key::DELETED - 2)));
        let pending = r#"{"role":"user","content":"…","turn":"t","pending":0}"#;
        write("stopped.json", &format!("[{pending},{pending}]"));
        write("notes.txt", "not a conversation");
        assert_eq!(counted().await, 0);
        let message = r#"{"role":"user","content":"Hi"}"#;
        write("short.json", &format!("[{message}]"));
        write("both.json", &format!("[{message},{pending}]"));
        write("long.json", &format!("[{}{message}]", format!("{pending},").repeat(20)));
        write("broken.json", "[");
        assert_eq!(counted().await, 4);
    }

    #[tokio::test]
    async fn hidden_files_are_not_objects() {
        let folder = tempfile::tempdir().unwrap();
        let store = FolderStore { path: folder.path().join("memory"), expires: false };
        assert_eq!(store.list("").await.unwrap(), None);
        fs::create_dir_all(store.path.join("questions")).unwrap();
        for name in ["a.json", "questions/b.json", ".lock", ".twinctl.json", ".x.draft"] {
            fs::write(store.path.join(name), "[]").unwrap();
        }
        let keys = async |prefix| {
            let listed = store.list(prefix).await.unwrap().unwrap();
            let mut keys: Vec<_> = listed.into_iter().map(|entry| entry.key).collect();
            keys.sort();
            keys
        };
        assert_eq!(keys("").await, ["a.json", "questions/b.json"]);
        assert_eq!(keys("questions/").await, ["questions/b.json"]);
        assert_eq!((store.erase("a.json").await.unwrap(), store.erase("a.json").await.unwrap()), (1, 0));
        assert_eq!(keys("").await, ["questions/b.json"]);
    }
}
