//! Objects by key with conditional writes: what memory, persona and questions are kept in.

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
    /// Not there is `None`; anything else that keeps the object from being read is an error.
    async fn get(&self, key: &str) -> Result<Option<Object>, StoreError>;

    /// Writes only if the object is as the caller last saw it.
    async fn put(&self, key: &str, body: Bytes, seen: Seen) -> Result<Put, StoreError>;

    async fn list(&self) -> Result<Vec<Entry>, StoreError>;

    /// Deleting what is not there is fine.
    async fn delete(&self, key: &str) -> Result<(), StoreError>;
}

#[derive(Clone, Debug)]
pub struct Object {
    pub body: Bytes,
    pub tag: Tag,
}

/// Changes with the content: S3's `ETag`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag(pub String);

/// What the caller last saw under the key.
#[derive(Clone, Debug)]
pub enum Seen {
    Nothing,
    Version(Tag),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    Written,
    /// Somebody else wrote in between: read again.
    Conflict,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub key: String,
    pub tag: Tag,
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{0} could not be read or written")]
    File(String, #[source] io::Error),
    #[error("{0} is not in a form that is known")]
    Malformed(String, #[source] serde_json::Error),
    #[error("{0} kept changing while it was written")]
    Contended(String),
    #[error("the bucket {0} could not be reached")]
    Bucket(String, #[source] SendError),
    #[error("the bucket {bucket} refused with status {status} {code}")]
    Refused { bucket: String, status: u16, code: String },
    #[error("the listing of the bucket {0} could not be read")]
    Listing(String, #[source] aws_smithy_xml::decode::XmlDecodeError),
    #[error("the file task was cut off")]
    Interrupted,
}
