//! Where the records of environments are kept: a table in AWS, a file for a twin on this machine.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use reconcile::Fault;

use super::record::{Birth, Destroying, Holder, Record, Release};

/// What came of an attempt to take the lock.
#[derive(Debug)]
pub enum TakenBy {
    Us(Record),
    /// Somebody else holds it, or it changed since it was read.
    NotUs(Record),
    /// The record disappeared since it was read.
    Nobody,
}

/// What becomes of the domains that are noted besides the present one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Former {
    /// Something of them may be left.
    Remembered,
    Forgotten,
}

/// What came of a run that gives its lock back.
#[derive(Debug, Clone, Copy)]
pub enum Ending<'a> {
    Nothing,
    /// The releases, the new one in front.
    Released(&'a [Release], Former),
    /// What is left of the environment is going by itself.
    Leaving(Destroying),
}

/// When the lock may be taken.
#[derive(Debug, Clone, Copy)]
pub enum Condition<'a> {
    /// As it was read: free, and not taken since.
    AsSeen(Option<&'a Record>),
    /// Its holder is known to be gone.
    HeldBy { lease: &'a str, beat: u64 },
}

/// Where the record of one environment is kept. Every write is conditional.
#[async_trait]
pub trait RecordStore: fmt::Debug + Send + Sync {
    /// Returns `None` if nothing was ever written.
    async fn read(&self) -> Result<Option<Record>, Fault>;

    async fn take(
        &self,
        condition: Condition<'_>,
        lease: &str,
        holder: &Holder,
        birth: &Birth,
    ) -> Result<TakenBy, Fault>;

    /// Returns `false` if the lease is no longer ours.
    async fn renew(&self, lease: &str, beat: u64) -> Result<bool, Fault>;

    /// Releases the lock and records the outcome of the run in the same write.
    async fn give_back(&self, lease: &str, ending: Ending<'_>) -> Result<bool, Fault>;

    /// Removes the record, because nothing is left of the environment.
    async fn remove(&self, lease: &str) -> Result<bool, Fault>;
}

/// A shared handle to the record of one environment.
pub type Register = Arc<dyn RecordStore>;
