//! The record of an environment as a file.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use reconcile::Fault;

use super::{
    record::{Birth, Held, Holder, Record},
    register::{Condition, Ending, TakenBy},
};
use crate::local::file;

/// The file of one environment. A second file beside it is locked while the first is being changed.
#[derive(Debug, Clone)]
pub struct RecordFile {
    path: PathBuf,
}

/// What becomes of the record.
enum Next {
    Stays,
    Becomes(Box<Record>),
    Goes,
}

impl RecordFile {
    /// `folder` holds nothing else of that name.
    pub fn new(folder: &Path) -> Self {
        Self { path: folder.join("record.json") }
    }

    pub(super) fn read(&self) -> Result<Option<Record>, Fault> {
        file::read_json(&self.path)
    }

    pub(super) fn take(
        &self,
        condition: Condition<'_>,
        lease: &str,
        holder: &Holder,
        birth: &Birth,
    ) -> Result<TakenBy, Fault> {
        self.change(|record| {
            let fine = match (condition, &record) {
                (Condition::AsSeen(None), None) => true,
                (Condition::AsSeen(Some(seen)), Some(now)) => now.lease.is_none() && now.fence == seen.fence,
                (Condition::HeldBy { lease, beat }, Some(now)) => {
                    now.lease.as_ref().is_some_and(|held| held.id == lease && held.beat == beat)
                }
                _ => false,
            };
            if !fine {
                return (Next::Stays, record.map_or(TakenBy::Nobody, TakenBy::NotUs));
            }
            let old = record.unwrap_or_else(|| Record { birth: birth.clone(), ..Record::unborn() });
            let held = Held { id: lease.to_owned(), beat: 0, holder: holder.clone() };
            let taken = Record { fence: old.fence + 1, lease: Some(held), destroying: None, ..old };
            (Next::Becomes(Box::new(taken.clone())), TakenBy::Us(taken))
        })
    }

    pub(super) fn renew(&self, lease: &str, beat: u64) -> Result<bool, Fault> {
        self.if_ours(lease, |mut record| {
            if let Some(held) = &mut record.lease {
                held.beat = beat;
            }
            Next::Becomes(Box::new(record))
        })
    }

    pub(super) fn give_back(&self, lease: &str, ending: Ending<'_>) -> Result<bool, Fault> {
        self.if_ours(lease, |record| {
            let free = Record { lease: None, ..record };
            Next::Becomes(Box::new(match ending {
                Ending::Nothing => free,
                Ending::Released(releases, _) => {
                    Record { releases: releases.to_vec(), destroying: None, ..free }
                }
                Ending::Leaving(destroying) => Record { destroying: Some(destroying), ..free },
            }))
        })
    }

    pub(super) fn remove(&self, lease: &str) -> Result<bool, Fault> {
        self.if_ours(lease, |_| Next::Goes)
    }

    fn if_ours(&self, lease: &str, next: impl FnOnce(Record) -> Next) -> Result<bool, Fault> {
        self.change(|record| match record {
            Some(record) if record.lease.as_ref().is_some_and(|held| held.id == lease) => {
                (next(record), true)
            }
            _ => (Next::Stays, false),
        })
    }

    /// What was being written by somebody who was killed goes as well; whoever still has something in the folder keeps it.
    fn leave_no_drafts(&self) -> Result<(), Fault> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let entries = std::fs::read_dir(folder).map_err(file::fault("read", folder))?;
        let drafts = entries.flatten().filter(|entry| entry.file_name().as_encoded_bytes().starts_with(b"."));
        drafts.into_iter().try_for_each(|draft| file::remove(&draft.path()))?;
        let _ = std::fs::remove_dir(folder);
        Ok(())
    }

    /// Nobody else reads for a change before this one is written.
    fn change<T>(&self, change: impl FnOnce(Option<Record>) -> (Next, T)) -> Result<T, Fault> {
        let path = self.path.with_extension("lock");
        file::ensure_folder(path.parent().unwrap_or(Path::new(".")))?;
        let alone = File::create(&path).map_err(file::fault("write", &path))?;
        alone.lock().map_err(file::fault("lock", &path))?;
        let (next, answer) = change(self.read()?);
        match next {
            Next::Stays => {}
            Next::Becomes(record) => file::write_json(&self.path, record.as_ref())?,
            Next::Goes => {
                file::remove(&self.path)?;
                file::remove(&path)?;
                self.leave_no_drafts()?;
            }
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reconcile::Halt;

    use super::*;
    use crate::{
        lock::{Challenger, LockError, Register, acquire},
        surroundings::Process,
    };

    fn holder(pid: u32) -> Holder {
        let current = Holder::current("twinctl deploy local".to_owned());
        Holder { process: Process { pid, ..Process::current() }, ..current }
    }

    async fn taken(register: &Register, pid: u32) -> Result<(super::super::Lease, bool), LockError> {
        let seen = register.read().await.unwrap();
        let challenger = Challenger {
            patience: Duration::ZERO,
            on_wait: &|_| {},
            is_over: &|_| Box::pin(async { false }),
        };
        acquire(register, seen.as_ref(), &Birth::new(), &holder(pid), challenger, &Halt::new()).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_lock_in_a_file_is_held_by_one_and_noted_at_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let register = Register::File(RecordFile::new(folder.path()));
        let (lease, undisturbed) = taken(&register, std::process::id()).await.unwrap();
        assert!(undisturbed);
        let refused = taken(&register, std::process::id()).await;
        assert!(matches!(refused, Err(LockError::Held(_))));
        lease.leave(crate::lock::Destroying::KeepingData).await.unwrap();
        let record = register.read().await.unwrap().unwrap();
        assert_eq!((record.fence, record.lease, record.destroying.is_some()), (1, None, true));
        let (lease, _) = taken(&register, std::process::id()).await.unwrap();
        std::fs::write(folder.path().join(".new-01h"), "{").unwrap();
        lease.remove().await.unwrap();
        assert_eq!(register.read().await.unwrap(), None);
        assert!(!folder.path().exists());
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_dead_process_holds_is_taken_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let register = Register::File(RecordFile::new(folder.path()));
        let (dead, _) = taken(&register, u32::MAX).await.unwrap();
        let (alive, undisturbed) = taken(&register, std::process::id()).await.unwrap();
        assert!(!undisturbed);
        dead.give_back().await.unwrap();
        assert!(register.read().await.unwrap().unwrap().lease.is_some());
        alive.give_back().await.unwrap();
        assert!(register.read().await.unwrap().unwrap().lease.is_none());
    }
}
