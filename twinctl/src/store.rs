//! What a twin keeps of its visitors, by key: in a bucket, or in a folder of this machine.

mod bucket;
mod folder;
mod patience;

use jiff::Timestamp;
use reconcile::Fault;

pub(crate) use bucket::BucketStore;
pub(crate) use folder::FolderStore;

/// Where conversations and unanswered questions lie.
#[derive(Debug)]
pub(crate) enum Store {
    Bucket(BucketStore),
    Folder(FolderStore),
}

/// One object, as a listing tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) written: Timestamp,
}

impl Store {
    /// The objects whose keys begin with `prefix`; `None` where there is no bucket or folder.
    pub(crate) async fn list(&self, prefix: &str) -> Result<Option<Vec<Entry>>, Fault> {
        match self {
            Self::Bucket(bucket) => bucket.list(prefix).await,
            Self::Folder(folder) => folder.list(prefix),
        }
    }

    /// The object as it is now; `None` where there is none.
    pub(crate) async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, Fault> {
        match self {
            Self::Bucket(bucket) => bucket.read(key).await,
            Self::Folder(folder) => folder.read(key),
        }
    }

    /// How many versions there are of exactly this key, those of a deleted object included.
    pub(crate) async fn versions(&self, key: &str) -> Result<usize, Fault> {
        match self {
            Self::Bucket(bucket) => bucket.versions(key).await.map(|versions| versions.len()),
            Self::Folder(folder) => folder.read(key).map(|found| usize::from(found.is_some())),
        }
    }

    /// Takes away every version of exactly this key, and looks until none is left. Says how many there were.
    pub(crate) async fn erase(&self, key: &str) -> Result<usize, Fault> {
        match self {
            Self::Bucket(bucket) => bucket.erase(key).await,
            Self::Folder(folder) => folder.erase(key),
        }
    }
}
