//! Tests of the lock in a file.

use std::{sync::Arc, time::Duration};

use reconcile::Halt;

use super::{Challenger, Lease, LockError, acquire};
use crate::{
    system::host::Process,
    targets::{
        local::RecordFile,
        record::{Birth, Destroying, Holder, Register},
    },
};

fn holder(pid: u32) -> Holder {
    let current = Holder::current("twinctl deploy local".to_owned());
    Holder { process: Process { pid, ..Process::current() }, ..current }
}

async fn taken(register: &Register, pid: u32) -> Result<(Lease, bool), LockError> {
    let seen = register.read().await.unwrap();
    let challenger =
        Challenger { patience: Duration::ZERO, on_wait: &|_| {}, is_over: &|_| Box::pin(async { false }) };
    acquire(register, seen.as_ref(), &Birth::new(), &holder(pid), challenger, &Halt::new(), &Arc::default())
        .await
}

#[tokio::test(start_paused = true)]
async fn a_file_lock_is_exclusive_and_records_the_outcome_on_release() {
    let folder = tempfile::tempdir().unwrap();
    let register: Register = Arc::new(RecordFile::new(folder.path()));
    let (lease, undisturbed) = taken(&register, std::process::id()).await.unwrap();
    assert!(undisturbed);
    let refused = taken(&register, std::process::id()).await;
    assert!(matches!(refused, Err(LockError::Held(_))));
    lease.leave(Destroying::KeepingData).await.unwrap();
    let record = register.read().await.unwrap().unwrap();
    assert_eq!((record.fence, record.lease, record.destroying.is_some()), (1, None, true));
    let (lease, _) = taken(&register, std::process::id()).await.unwrap();
    std::fs::write(folder.path().join(".new-01h"), "{").unwrap();
    lease.remove().await.unwrap();
    assert_eq!(register.read().await.unwrap(), None);
    assert!(!folder.path().exists());
}

#[tokio::test(start_paused = true)]
async fn a_lock_of_a_dead_process_is_taken_over_immediately() {
    let folder = tempfile::tempdir().unwrap();
    let register: Register = Arc::new(RecordFile::new(folder.path()));
    let (dead, _) = taken(&register, u32::MAX).await.unwrap();
    let (alive, undisturbed) = taken(&register, std::process::id()).await.unwrap();
    assert!(!undisturbed);
    dead.release().await.unwrap();
    assert!(register.read().await.unwrap().unwrap().lease.is_some());
    alive.release().await.unwrap();
    assert!(register.read().await.unwrap().unwrap().lease.is_none());
}
