//! The storage of records: a DynamoDB table on AWS, a file for a local twin.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use reconcile::Fault;

use super::adopted::Adopted;
use super::origin::OriginSecret;
use super::record::{Birth, Destroying, Holder, Record};
use super::release::Release;

/// The result of an attempt to acquire the lock.
#[derive(Debug)]
pub enum TakeResult {
    Acquired(Record),
    /// Another process holds it, or the record changed since it was read.
    Refused(Record),
    /// The record was deleted since it was read.
    Missing,
}

/// Whether resources of former domains or features may still exist. Decides whether the record keeps them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormerDomains {
    MayExist,
    Removed,
}

/// The result of a run, recorded when it releases its lock.
#[derive(Debug, Clone, Copy)]
pub enum RunResult<'a> {
    /// Nothing to record.
    Unrecorded,
    /// Nothing to record, and a canary may still be under way. All other results mean that none is.
    DuringCanary,
    /// All releases, the new one first.
    Released(&'a [Release], FormerDomains),
    /// An incomplete destroy, which the next destroy finishes.
    Destroying(Destroying),
    /// All resources that were taken over were returned.
    Returned,
}

/// A step of a rotation of the origin secret, recorded while the lock is held.
#[derive(Debug, Clone, Copy)]
pub enum RotationStep<'a> {
    /// The next secret, before anything accepts or sends it.
    Begin(&'a OriginSecret),
    /// All releases. The newest one has the version that accepts both secrets.
    Accepted(&'a [Release]),
    /// The next secret becomes the current one, because the distribution sends no other.
    Finish(&'a OriginSecret),
}

/// The condition for acquiring the lock.
#[derive(Debug, Clone, Copy)]
pub enum Condition<'a> {
    /// The lock is free, and was not acquired since the record was read.
    FreeSince(Option<&'a Record>),
    /// The lock is still held by this lease, whose holder is known to be gone.
    HeldBy { lease: &'a str, beat: u64 },
}

/// The storage of one environment's record. Every write is conditional.
#[async_trait]
pub trait RecordStore: fmt::Debug + Send + Sync {
    /// Returns `None` if there is no record.
    async fn read(&self) -> Result<Option<Record>, Fault>;

    /// Acquires the lock, and creates the record if it does not exist.
    async fn take(
        &self,
        condition: Condition<'_>,
        lease: &str,
        holder: &Holder,
        birth: &Birth,
    ) -> Result<TakeResult, Fault>;

    /// Returns `false` if the lease is no longer ours.
    async fn renew(&self, lease: &str, beat: u64) -> Result<bool, Fault>;

    /// Records a step of a rotation. Returns `false` if the lease is no longer ours.
    async fn rotate(&self, lease: &str, step: RotationStep<'_>) -> Result<bool, Fault>;

    /// Records the resources that are taken over. Returns `false` if the lease is no longer ours.
    async fn adopt(&self, lease: &str, adopted: &Adopted) -> Result<bool, Fault>;

    /// Releases the lock and records the outcome of the run in the same write.
    async fn release(&self, lease: &str, result: RunResult<'_>) -> Result<bool, Fault>;

    /// Deletes the record, because the environment is completely deleted.
    async fn remove(&self, lease: &str) -> Result<bool, Fault>;
}

/// A shared handle to the storage of one environment's record.
pub type Register = Arc<dyn RecordStore>;
