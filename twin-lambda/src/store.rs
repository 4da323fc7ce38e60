//! A store of objects with conditional writes, in an S3 bucket or a folder. It keeps the data files, conversations and
//! unanswered questions.

mod bucket;
mod folder;

use std::fmt;
use std::io;

use async_trait::async_trait;
use bytes::Bytes;

pub use bucket::Bucket;
pub use folder::Folder;

use crate::client::SendError;

#[async_trait]
pub trait Store: Send + Sync + fmt::Debug {
    /// Returns the object, or `None` if it does not exist.
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError>;

    /// Writes the object if it meets the precondition.
    async fn put(
        &self,
        key: &str,
        body: Bytes,
        precondition: Precondition,
        counted: Counted,
    ) -> Result<PutResult, StoreError>;

    async fn list(&self) -> Result<Vec<Entry>, StoreError>;

    /// Deletes the object if it exists.
    async fn delete(&self, key: &str) -> Result<(), StoreError>;
}

#[derive(Clone, Debug)]
pub struct Object {
    pub body: Bytes,
    pub version: Version,
}

/// A value that changes with the object's content: its `ETag` in S3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(pub String);

/// The condition under which a write takes place.
#[derive(Clone, Debug)]
pub enum Precondition {
    /// The object does not exist.
    Absent,
    /// The object still has the version that was read.
    Unchanged(Version),
    /// None: the write replaces any object.
    Any,
}

/// The daily limit of a folder for which a write counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    Conversation,
    Question,
    /// A conversation without a turn: a placeholder, or what is left after a deletion. Counts only if the object is new. A
    /// bucket deletes it after a day.
    Placeholder,
    No,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutResult {
    Written,
    /// Another process wrote the object after it was read.
    Conflict,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub key: String,
    pub version: Version,
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("failed to read or write {0}")]
    File(String, #[source] io::Error),
    #[error("{0} has an unknown format")]
    Malformed(String, #[source] serde_json::Error),
    #[error("failed to write {0}: other processes kept changing it")]
    Contended(String),
    #[error("failed to write {0}: it was deleted")]
    Deleted(String),
    #[error("failed to write to {0}: another process holds its lock")]
    Locked(String),
    #[error("the daily limit of new conversations or questions is reached")]
    DailyLimit,
    #[error("failed to reach bucket {0}")]
    Unreachable(String, #[source] SendError),
    #[error("bucket {bucket} rejected the request with status {status} {code}")]
    Rejected { bucket: String, status: u16, code: String },
    #[error("failed to parse the listing of bucket {0}")]
    Listing(String, #[source] aws_smithy_xml::decode::XmlDecodeError),
    #[error("the file operation was interrupted")]
    Interrupted,
}
