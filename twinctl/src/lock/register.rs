//! Where the records of environments are kept: a table in AWS, a file for a twin on this machine.

use reconcile::Fault;

use super::{
    file::RecordFile,
    record::{Birth, Destroying, Holder, Record, Release},
    table::Table,
};

/// The record of one environment, changed by conditional writes only.
#[derive(Debug, Clone)]
pub enum Register {
    Table(Table),
    File(RecordFile),
}

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
pub(super) enum Ending<'a> {
    Nothing,
    /// The releases, the new one in front.
    Released(&'a [Release], Former),
    /// What is left of the environment is going by itself.
    Leaving(Destroying),
}

/// When the lock may be taken.
#[derive(Debug, Clone, Copy)]
pub(super) enum Condition<'a> {
    /// As it was read: free, and not taken since.
    AsSeen(Option<&'a Record>),
    /// Its holder is known to be gone.
    HeldBy { lease: &'a str, beat: u64 },
}

impl Register {
    /// `None` when nothing was ever written.
    pub async fn read(&self) -> Result<Option<Record>, Fault> {
        match self {
            Self::Table(table) => table.read().await,
            Self::File(file) => file.read(),
        }
    }

    pub(super) async fn take(
        &self,
        condition: Condition<'_>,
        lease: &str,
        holder: &Holder,
        birth: &Birth,
    ) -> Result<TakenBy, Fault> {
        match self {
            Self::Table(table) => table.take(condition, lease, holder, birth).await,
            Self::File(file) => file.take(condition, lease, holder, birth),
        }
    }

    /// `false` when the lease is no longer ours.
    pub(super) async fn renew(&self, lease: &str, beat: u64) -> Result<bool, Fault> {
        match self {
            Self::Table(table) => table.renew(lease, beat).await,
            Self::File(file) => file.renew(lease, beat),
        }
    }

    /// Gives the lock back, and notes in the same write what came of the run.
    pub(super) async fn give_back(&self, lease: &str, ending: Ending<'_>) -> Result<bool, Fault> {
        match self {
            Self::Table(table) => table.give_back(lease, ending).await,
            Self::File(file) => file.give_back(lease, ending),
        }
    }

    /// Removes the record: nothing is left of the environment.
    pub(super) async fn remove(&self, lease: &str) -> Result<bool, Fault> {
        match self {
            Self::Table(table) => table.remove(lease).await,
            Self::File(file) => file.remove(lease),
        }
    }

    /// Takes the lock away from `lease`, whoever holds it. `false` when it is not held by that lease any more.
    pub async fn force(&self, lease: &str) -> Result<bool, Fault> {
        self.give_back(lease, Ending::Nothing).await
    }
}
