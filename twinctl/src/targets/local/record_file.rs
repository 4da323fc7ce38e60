//! The record of a local environment, in a file.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    time::Duration,
};

use async_trait::async_trait;
use reconcile::{Class, Fault};
use serde::Serialize;
use serde_json::Value;

use super::gateway::TwinFolder;
use crate::system::{clock, files};
use crate::targets::record::{
    Adopted, Birth, CanaryRun, Condition, ExpiryChange, Held, Holder, Record, RecordFormat, RecordStore,
    RotationStep, RunResult, TakeResult,
};

/// The record file of one environment. A second file is locked while it is changed.
#[derive(Debug, Clone)]
pub struct RecordFile {
    path: PathBuf,
    /// Recorded when the lock is acquired.
    expiry: ExpiryChange,
    /// The canary that the run may make. Recorded in the same way, unless an earlier one has not ended.
    canary: Option<String>,
}

/// A change of the record takes milliseconds, unless its process was stopped meanwhile.
const PATIENCE: Duration = Duration::from_secs(10);
const INTERVAL: Duration = Duration::from_millis(10);

/// The content of the file.
#[derive(Serialize)]
struct Stored<'r> {
    #[serde(flatten)]
    format: RecordFormat,
    #[serde(flatten)]
    record: &'r Record,
}

enum Change {
    Keep,
    Write(Box<Record>),
    Remove,
}

impl RecordFile {
    pub fn new(folder: &Path) -> Self {
        Self { path: folder.join("record.json"), expiry: ExpiryChange::Keep, canary: None }
    }

    #[must_use]
    pub fn with_expiry(self, expiry: ExpiryChange) -> Self {
        Self { expiry, ..self }
    }

    #[must_use]
    pub fn with_canary(self, canary: Option<String>) -> Self {
        Self { canary, ..self }
    }

    fn read_file(&self) -> Result<Option<Record>, Fault> {
        let Some(stored) = files::read_json::<Value>(&self.path)? else { return Ok(None) };
        // A format that is not a number is an unknown one.
        let format = stored.get("format").map(|format| format.as_u64().unwrap_or(u64::MAX));
        RecordFormat::stored(format, stored.get("twinctl").and_then(Value::as_str)).check()?;
        Ok(serde_json::from_value(stored).ok())
    }

    /// Changes the record if this lease holds the lock. Returns whether it does.
    async fn if_ours(&self, lease: &str, next: impl FnOnce(Record) -> Change + Send) -> Result<bool, Fault> {
        // After another run has destroyed the environment, the lock file must not be created again.
        if !self.path.exists() {
            return Ok(false);
        }
        self.change(|record| match record {
            Some(record) if record.lease.as_ref().is_some_and(|held| held.id == lease) => {
                (next(record), true)
            }
            _ => (Change::Keep, false),
        })
        .await
    }

    /// Removes the files of killed runs, and the folder if it is empty.
    fn remove_leftovers(&self) -> Result<(), Fault> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        TwinFolder::new(folder).remove_files()?;
        let entries = std::fs::read_dir(folder).map_err(files::fault("read", folder))?;
        let hidden = entries.flatten().filter(|entry| entry.file_name().as_encoded_bytes().starts_with(b"."));
        hidden.into_iter().try_for_each(|entry| files::remove(&entry.path()))?;
        let _ = std::fs::remove_dir(folder);
        remove_if_last(folder);
        Ok(())
    }

    /// Changes the record under a lock, so that no other process changes it at the same time.
    async fn change<T>(&self, change: impl FnOnce(Option<Record>) -> (Change, T) + Send) -> Result<T, Fault> {
        let path = self.path.with_extension("lock");
        files::ensure_folder(path.parent().unwrap_or(Path::new(".")))?;
        let lock = File::create(&path).map_err(files::fault("write", &path))?;
        wait_for_lock(&lock, &path).await?;
        let (next, result) = change(self.read_file()?);
        match next {
            Change::Keep => {}
            Change::Write(record) => {
                let stored = Stored { format: RecordFormat::of(&record.adopted), record: &record };
                files::write_json(&self.path, &stored)?;
            }
            Change::Remove => {
                files::remove(&self.path)?;
                files::remove(&path)?;
                self.remove_leftovers()?;
            }
        }
        Ok(result)
    }
}

async fn wait_for_lock(lock: &File, path: &Path) -> Result<(), Fault> {
    let locking = async {
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) => clock::sleep(INTERVAL).await,
                Err(TryLockError::Error(error)) => return Err(files::fault("lock", path)(error)),
            }
        }
    };
    tokio::time::timeout(PATIENCE, locking).await.unwrap_or_else(|_| {
        let message = format!("{} is locked by another process, which may be stopped", path.display());
        Err(Fault::new(Class::Unavailable, message))
    })
}

#[async_trait]
impl RecordStore for RecordFile {
    async fn read(&self) -> Result<Option<Record>, Fault> {
        self.read_file()
    }

    async fn take(
        &self,
        condition: Condition<'_>,
        lease: &str,
        holder: &Holder,
        birth: &Birth,
    ) -> Result<TakeResult, Fault> {
        self.change(|record| {
            let holds = match (condition, &record) {
                (Condition::FreeSince(None), None) => true,
                (Condition::FreeSince(Some(seen)), Some(now)) => {
                    now.lease.is_none() && now.fence == seen.fence
                }
                (Condition::HeldBy { lease, beat }, Some(now)) => {
                    now.lease.as_ref().is_some_and(|held| held.id == lease && held.beat == beat)
                }
                _ => false,
            };
            if !holds {
                return (Change::Keep, record.map_or(TakeResult::Missing, TakeResult::Refused));
            }
            let old = record.unwrap_or_else(|| Record { birth: birth.clone(), ..Record::initial() });
            let held = Held { id: lease.to_owned(), beat: 0, holder: holder.clone() };
            let expiry = self.expiry.apply(old.expiry.clone());
            let own = self.canary.clone().map(|canary| CanaryRun { lease: lease.to_owned(), canary });
            let canary = old.canary.clone().or(own);
            let (fence, lease) = (old.fence + 1, Some(held));
            let taken = Record { fence, lease, destroying: None, expiry, canary, ..old };
            (Change::Write(Box::new(taken.clone())), TakeResult::Acquired(taken))
        })
        .await
    }

    async fn renew(&self, lease: &str, beat: u64) -> Result<bool, Fault> {
        self.if_ours(lease, |mut record| {
            if let Some(held) = &mut record.lease {
                held.beat = beat;
            }
            Change::Write(Box::new(record))
        })
        .await
    }

    async fn rotate(&self, lease: &str, step: RotationStep<'_>) -> Result<bool, Fault> {
        self.if_ours(lease, |mut record| {
            match step {
                RotationStep::Begin(next) => record.next_origin_secret = Some(next.clone()),
                RotationStep::Accepted(releases) => record.releases = releases.to_vec(),
                RotationStep::Finish(next) => {
                    record.birth.origin_secret = next.clone();
                    record.next_origin_secret = None;
                }
            }
            Change::Write(Box::new(record))
        })
        .await
    }

    async fn adopt(&self, lease: &str, adopted: &Adopted) -> Result<bool, Fault> {
        let adopted = adopted.clone();
        self.if_ours(lease, |record| Change::Write(Box::new(Record { adopted, ..record }))).await
    }

    async fn release(&self, lease: &str, result: RunResult<'_>) -> Result<bool, Fault> {
        self.if_ours(lease, |record| {
            let canary = record.canary.clone().filter(|_| matches!(result, RunResult::DuringCanary));
            let free = Record { lease: None, canary, ..record };
            Change::Write(Box::new(match result {
                RunResult::Unrecorded | RunResult::DuringCanary => free,
                RunResult::Released(releases, _) => {
                    Record { releases: releases.to_vec(), destroying: None, ..free }
                }
                RunResult::Destroying(destroying) => Record { destroying: Some(destroying), ..free },
                RunResult::Returned => Record { adopted: Adopted::new(), ..free },
            }))
        })
        .await
    }

    async fn remove(&self, lease: &str) -> Result<bool, Fault> {
        self.if_ours(lease, |_| Change::Remove).await
    }
}

/// Removes `.twinctl` if it contains no other environment, so that nothing of twinctl is left.
fn remove_if_last(folder: &Path) {
    let all = folder.parent().unwrap_or(folder);
    let Some(own) = all.parent().filter(|own| own.ends_with(".twinctl")) else { return };
    // An error means that the folder has other content.
    if std::fs::remove_dir(all).is_err() {
        return;
    }
    let is_ignored = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.is_ok_and(|entry| entry.file_name() == ".gitignore")
    };
    if std::fs::read_dir(own).is_ok_and(|mut entries| entries.all(is_ignored)) {
        let _ = std::fs::remove_file(own.join(".gitignore"));
        let _ = std::fs::remove_dir(own);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A process that is stopped while it changes the record keeps the lock file locked.
    #[tokio::test(start_paused = true)]
    async fn a_record_that_a_stopped_process_is_changing_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let record = RecordFile::new(folder.path());
        let (holder, birth) = (Holder::current("deploy".to_owned()), Birth::new());
        let take = || record.take(Condition::FreeSince(None), "1", &holder, &birth);
        let stopped = File::create(folder.path().join("record.lock")).unwrap();
        stopped.lock().unwrap();
        let fault = take().await.unwrap_err();
        assert!(fault.class == Class::Unavailable && fault.to_string().contains("may be stopped"), "{fault}");
        drop(stopped);
        assert!(matches!(take().await.unwrap(), TakeResult::Acquired(_)));
    }

    #[tokio::test]
    async fn a_late_renewal_does_not_create_a_deleted_folder_again() {
        let folder = tempfile::tempdir().unwrap();
        let record = RecordFile::new(&folder.path().join("local"));
        assert!(!record.renew("1", 1).await.unwrap());
        assert!(!record.release("1", RunResult::Unrecorded).await.unwrap());
        assert!(!folder.path().join("local").exists());
    }
}
