//! The store of conversations and unanswered questions, by key.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use reconcile::{Backoff, Class, Fault};

use crate::system::clock;

const BACKOFF: Backoff = Backoff::from_millis(250, 4_000, 15_000);
const ATTEMPTS: u32 = 6;

/// One object, as listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) written: Timestamp,
    /// In bytes.
    pub(crate) size: u64,
}

/// Where conversations and unanswered questions are stored.
#[async_trait(?Send)]
pub(crate) trait Store: fmt::Debug + Send + Sync {
    /// Lists the objects whose keys begin with `prefix`. Returns `None` if there is no bucket or folder.
    async fn list(&self, prefix: &str) -> Result<Option<Vec<Entry>>, Fault>;

    /// Returns the current object, if there is one.
    async fn read(&self, key: &str) -> Result<Option<Vec<u8>>, Fault>;

    /// Writes the object if its current content is `expected`; `None` means that there is no object. Returns `false` if it is
    /// not.
    async fn write(&self, key: &str, bytes: &[u8], expected: Option<&[u8]>) -> Result<bool, Fault>;

    /// Whether [`Self::set_written`] has an effect.
    fn keeps_times(&self) -> bool {
        false
    }

    /// Sets the time at which an object was written, where that is possible.
    async fn set_written(&self, _key: &str, _bytes: &[u8], _at: Timestamp) -> Result<(), Fault> {
        Ok(())
    }

    /// Counts the versions of exactly this key, including the versions of a deleted object.
    async fn versions(&self, key: &str) -> Result<usize, Fault>;

    /// Deletes every version of exactly this key and verifies that none is left. Returns how many there were.
    async fn erase(&self, key: &str) -> Result<usize, Fault>;
}

/// Makes a call that may be repeated, and repeats it after temporary errors.
pub(crate) async fn with_retries<T>(
    salt: &str,
    call: impl AsyncFn() -> Result<T, Fault>,
) -> Result<T, Fault> {
    let mut attempt = 0;
    loop {
        match call().await {
            Err(fault) if attempt + 1 < ATTEMPTS && is_temporary(fault.class) => {
                clock::sleep(BACKOFF.delay(attempt, salt)).await;
                attempt += 1;
            }
            result => return result,
        }
    }
}

fn is_temporary(class: Class) -> bool {
    matches!(class, Class::Throttled | Class::Unavailable | Class::Busy | Class::Stale)
}
