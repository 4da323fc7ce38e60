//! A store that keeps objects as files in a folder. Several processes may write to it.

mod daily_limits;
mod deletions;
mod draft;
mod spending;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use contract::{
    block, expiry,
    key::{self, LOCK_FILE},
    owner_only, pause,
};
use sha2::{Digest, Sha256};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::{Instant, timeout_at};

use super::{Counted, Entry, Object, Precondition, PutResult, Store, StoreError, Version};
use crate::clock;
use crate::config::{DailyLimits, Expiry};
use draft::{Draft, none_if_not_found, remove_drafts};

/// The deepest folder that is listed. Data files are not nested deeper.
const MAX_DEPTH: usize = 3;
/// How long a visitor waits while another process holds the lock.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a visitor waits for the other writes of this process. It is longer than `LOCK_TIMEOUT`, because each of
/// these writes ends.
const QUEUE_TIMEOUT: Duration = Duration::from_secs(10);
const LOCK_POLL_INTERVAL: Duration = Duration::from_millis(5);

#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
    limits: DailyLimits,
    /// Queues the writes of this process, so that only the first one waits for the lock file. Contains the time at which this
    /// process took the lock last.
    writes: Arc<Mutex<Option<Instant>>>,
    expiry: Expiry,
}

/// The exclusive lock for writes to the folder, in all processes. Dropping it releases the lock.
struct Lock {
    _file: File,
    _turn: OwnedMutexGuard<Option<Instant>>,
}

impl Folder {
    pub fn new(root: impl Into<PathBuf>, expiry: Expiry) -> Self {
        Self { root: root.into(), limits: DailyLimits::default(), writes: Arc::default(), expiry }
    }

    #[must_use]
    pub fn with_limits(self, limits: DailyLimits) -> Self {
        Self { limits, ..self }
    }

    /// Removes the drafts of killed processes, and old tombstones.
    pub async fn sweep(&self) -> Result<(), StoreError> {
        if !self.root.is_dir() {
            return Ok(());
        }
        let lock = self.lock().await?;
        self.run("the folder", move |root| {
            let _lock = lock;
            remove_drafts(root)?;
            deletions::remove_old(root, clock::system_now())?;
            let folders =
                fs::read_dir(root)?.flatten().map(|entry| entry.path()).filter(|path| path.is_dir());
            folders.into_iter().try_for_each(|folder| remove_drafts(&folder))
        })
        .await
    }

    async fn lock(&self) -> Result<Lock, StoreError> {
        let start = Instant::now();
        let locked = || StoreError::Locked(self.root.display().to_string());
        let turn = timeout_at(start + QUEUE_TIMEOUT, Arc::clone(&self.writes).lock_owned()).await;
        let mut turn = turn.map_err(|_| locked())?;
        // If the writes before this one did not get the lock either, it has waited with them.
        let until = turn.map_or(start, |last| last.max(start)) + LOCK_TIMEOUT;
        loop {
            if let Some(file) = self.run(LOCK_FILE, try_lock).await? {
                *turn = Some(Instant::now());
                return Ok(Lock { _file: file, _turn: turn });
            }
            if Instant::now() >= until {
                return Err(locked());
            }
            clock::sleep(LOCK_POLL_INTERVAL).await;
        }
    }

    /// Runs file operations on another thread, because they would block the thread that serves all requests.
    async fn run<T: Send + 'static>(
        &self,
        name: &str,
        operation: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let root = self.root.clone();
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

    async fn put(
        &self,
        key: &str,
        body: Bytes,
        precondition: Precondition,
        counted: Counted,
    ) -> Result<PutResult, StoreError> {
        let (file, expiry, limits, lock) = (key.to_owned(), self.expiry, self.limits, self.lock().await?);
        let written = self.run(key, move |root| {
            let _lock = lock;
            write(root, &file, &body, &precondition, expiry, limits, counted)
        });
        written.await?.ok_or(StoreError::DailyLimit)
    }

    async fn list(&self) -> Result<Vec<Entry>, StoreError> {
        self.run("the folder", |root| {
            let mut entries = Vec::new();
            walk(root, root, MAX_DEPTH, &mut entries)?;
            // The walk skips hidden folders.
            let marks = [pause::MARK, block::LIST].map(|key| root.join(key));
            entries.extend(marks.iter().filter_map(|mark| file_entry(root, mark)));
            Ok(entries)
        })
        .await
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        let (file, lock) = (key.to_owned(), self.lock().await?);
        self.run(key, move |root| {
            let _lock = lock;
            let path = root.join(file);
            // A draft may contain the same conversation.
            path.parent().map_or(Ok(()), remove_drafts)?;
            none_if_not_found(fs::remove_file(path)).map(drop)
        })
        .await
    }
}

fn read(path: &Path) -> io::Result<Option<Object>> {
    let body = none_if_not_found(fs::read(path))?;
    Ok(body.map(|body| Object { version: version(&body), body: body.into() }))
}

/// Writes a file under the lock. Returns `None` if the limit of the day is reached.
fn write(
    root: &Path,
    key: &str,
    body: &[u8],
    precondition: &Precondition,
    expiry: Expiry,
    limits: DailyLimits,
    counted: Counted,
) -> io::Result<Option<PutResult>> {
    let path = &root.join(key);
    let folder = path.parent().unwrap_or(root);
    fs::create_dir_all(folder)?;
    let found = read(path)?;
    let is_new = found.is_none();
    let is_met = match precondition {
        Precondition::Any => true,
        Precondition::Absent => is_new,
        Precondition::Unchanged(version) => found.is_some_and(|found| found.version == *version),
    };
    if !is_met {
        return Ok(Some(PutResult::Conflict));
    }
    let counted = if counted == Counted::Placeholder && !is_new { Counted::No } else { counted };
    let today = clock::now().strftime("%Y-%m-%d").to_string();
    if !limits.count(root, counted, &today)? {
        return Ok(None);
    }
    if matches!(precondition, Precondition::Any) {
        // A draft may contain what is replaced.
        remove_drafts(folder)?;
    }
    let draft = Draft::write(folder, body)?;
    if expiry == Expiry::On {
        // Before the rename: a mark without its file has no effect, and a file without its mark would never expire.
        mark(root, key, draft.modified()?)?;
    }
    draft.rename(path)?;
    Ok(Some(PutResult::Written))
}

/// Marks a file, so that it expires. The lock must be held.
fn mark(root: &Path, key: &str, modified: SystemTime) -> io::Result<()> {
    let mut marks = OpenOptions::new();
    let mut marks = owner_only::create(marks.append(true).create(true)).open(root.join(expiry::MARKS))?;
    marks.write_all(expiry::mark(key, expiry::nanoseconds(modified)).as_bytes())
}

/// Takes the lock file, unless another process holds it.
fn try_lock(root: &Path) -> io::Result<Option<File>> {
    fs::create_dir_all(root)?;
    let file = File::create(root.join(LOCK_FILE))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
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
        } else {
            entries.extend(file_entry(root, &path));
        }
    }
    Ok(())
}

/// Returns the entry of a file, if it exists.
fn file_entry(root: &Path, path: &Path) -> Option<Entry> {
    let key = key::of_path(path.strip_prefix(root).ok()?)?;
    let metadata = path.metadata().ok()?;
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let version = Version(format!("{}-{}", metadata.len(), modified.unwrap_or_default().as_nanos()));
    Some(Entry { key, version })
}

fn version(body: &[u8]) -> Version {
    Version(hex::encode(Sha256::digest(body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn writes_only_if_the_precondition_is_met() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::new(root.path(), Expiry::Off);
        let put = |text: &'static str, precondition| {
            folder.put("a/b.json", Bytes::from(text), precondition, Counted::No)
        };
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

    #[tokio::test(start_paused = true)]
    async fn a_held_lock_delays_a_write_by_two_seconds_at_most() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::new(root.path(), Expiry::Off);
        let held = try_lock(root.path()).unwrap().unwrap();
        let started = Instant::now();
        let puts = (0..20)
            .map(|_| folder.put("a.json", Bytes::from("1"), Precondition::Absent, Counted::Conversation));
        for result in futures_util::future::join_all(puts).await {
            assert!(matches!(result, Err(StoreError::Locked(_))), "{result:?}");
        }
        assert!(matches!(folder.delete("a.json").await, Err(StoreError::Locked(_))));
        // The writes wait together, and then the deletion waits.
        let waited = started.elapsed() / 2;
        assert!(waited >= LOCK_TIMEOUT && waited < LOCK_TIMEOUT + 2 * LOCK_POLL_INTERVAL, "{waited:?}");
        drop(held);
        assert_eq!(
            folder
                .put("a.json", Bytes::from("1"), Precondition::Absent, Counted::Conversation)
                .await
                .unwrap(),
            PutResult::Written
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_waits_for_the_others_of_its_process_longer_than_for_another_process() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::new(root.path(), Expiry::Off);
        let slow = folder.lock().await.unwrap();
        let put = folder.put("a.json", Bytes::from("1"), Precondition::Absent, Counted::Conversation);
        let slow_write = async {
            clock::sleep(3 * LOCK_TIMEOUT).await;
            drop(slow);
        };
        let (written, ()) = tokio::join!(put, slow_write);
        assert_eq!(written.unwrap(), PutResult::Written);
        let endless = folder.lock().await.unwrap();
        assert!(matches!(folder.delete("a.json").await, Err(StoreError::Locked(_))));
        drop(endless);
    }

    #[tokio::test]
    async fn drafts_of_killed_processes_are_removed_at_start_and_with_a_conversation() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::new(root.path(), Expiry::Off);
        let draft = |name: &str| root.path().join(name).join(key::draft(&"x".repeat(22)));
        let write_drafts = || {
            fs::create_dir_all(root.path().join("questions")).unwrap();
            for name in ["", "questions"] {
                fs::write(draft(name), "secret").unwrap();
            }
        };
        write_drafts();
        folder.sweep().await.unwrap();
        assert!(!draft("").exists() && !draft("questions").exists());
        write_drafts();
        folder.delete("a.json").await.unwrap();
        assert!(!draft("").exists());
    }

    #[tokio::test]
    async fn written_files_are_marked_only_if_they_expire() {
        let root = tempfile::tempdir().unwrap();
        let put = async |key, expiry| {
            Folder::new(root.path(), expiry)
                .put(key, Bytes::from("x"), Precondition::Absent, Counted::Conversation)
                .await
                .unwrap();
        };
        put("before.json", Expiry::Off).await;
        assert!(!root.path().join(expiry::MARKS).exists());
        put("a.json", Expiry::On).await;
        put("conversations/b.json", Expiry::On).await;
        put("after.json", Expiry::Off).await;
        let text = fs::read_to_string(root.path().join(expiry::MARKS)).unwrap();
        let marks = expiry::marks(&text);
        assert_eq!(marks.keys().copied().collect::<Vec<_>>(), ["a.json", "conversations/b.json"]);
        for (key, marked) in marks {
            let modified = root.path().join(key).metadata().unwrap().modified().unwrap();
            assert_eq!(modified.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos(), marked);
        }
    }

    #[tokio::test]
    async fn missing_objects_are_none_and_can_be_deleted() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::new(root.path().join("missing"), Expiry::Off);
        assert!(folder.get("x").await.unwrap().is_none());
        assert!(folder.list().await.unwrap().is_empty());
        folder.delete("x").await.unwrap();
    }

    #[tokio::test]
    async fn lists_all_files_except_hidden_ones() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::new(root.path(), Expiry::Off);
        folder
            .put("prompts/system_prompt.txt", Bytes::from("x"), Precondition::Absent, Counted::Conversation)
            .await
            .unwrap();
        folder.put("me.txt", Bytes::from("x"), Precondition::Absent, Counted::Conversation).await.unwrap();
        let mut keys: Vec<String> = folder.list().await.unwrap().into_iter().map(|entry| entry.key).collect();
        keys.sort();
        assert_eq!(keys, ["me.txt", "prompts/system_prompt.txt"]);
    }
}
