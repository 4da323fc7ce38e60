//! The record of an environment as a file.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use reconcile::Fault;

use crate::system::files;
use crate::targets::record::{Birth, Condition, Ending, Held, Holder, Record, RecordStore, TakenBy};

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

    fn read_file(&self) -> Result<Option<Record>, Fault> {
        files::read_json(&self.path)
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
        let entries = std::fs::read_dir(folder).map_err(files::fault("read", folder))?;
        let drafts = entries.flatten().filter(|entry| entry.file_name().as_encoded_bytes().starts_with(b"."));
        drafts.into_iter().try_for_each(|draft| files::remove(&draft.path()))?;
        let _ = std::fs::remove_dir(folder);
        Ok(())
    }

    /// Nobody else reads for a change before this one is written.
    fn change<T>(&self, change: impl FnOnce(Option<Record>) -> (Next, T)) -> Result<T, Fault> {
        let path = self.path.with_extension("lock");
        files::ensure_folder(path.parent().unwrap_or(Path::new(".")))?;
        let alone = File::create(&path).map_err(files::fault("write", &path))?;
        alone.lock().map_err(files::fault("lock", &path))?;
        let (next, answer) = change(self.read_file()?);
        match next {
            Next::Stays => {}
            Next::Becomes(record) => files::write_json(&self.path, record.as_ref())?,
            Next::Goes => {
                files::remove(&self.path)?;
                files::remove(&path)?;
                self.leave_no_drafts()?;
            }
        }
        Ok(answer)
    }
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

    async fn renew(&self, lease: &str, beat: u64) -> Result<bool, Fault> {
        self.if_ours(lease, |mut record| {
            if let Some(held) = &mut record.lease {
                held.beat = beat;
            }
            Next::Becomes(Box::new(record))
        })
    }

    async fn give_back(&self, lease: &str, ending: Ending<'_>) -> Result<bool, Fault> {
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

    async fn remove(&self, lease: &str) -> Result<bool, Fault> {
        self.if_ours(lease, |_| Next::Goes)
    }
}
