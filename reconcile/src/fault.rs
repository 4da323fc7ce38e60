//! Failed calls, and how the engine reacts to them.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use crate::backoff::Backoff;

/// The class of a failed call. The caller maps its cloud's error codes to classes; the engine decides by class alone
/// whether to retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Too many calls.
    Throttled,
    /// A recent change has not propagated everywhere yet.
    Propagating,
    /// The resource is being changed, or is still in use.
    Busy,
    /// The resource has changed since it was read.
    Stale,
    /// No response, or a failure inside the service. The call may have taken effect.
    Unavailable,
    /// The permission is missing.
    Denied,
    /// The credentials are missing or no longer valid.
    Credentials,
    /// The call cannot succeed, however often it is repeated.
    Refused,
}

impl Class {
    /// Returns the delays between retries, or `None` if retrying cannot help.
    pub const fn backoff(self) -> Option<Backoff> {
        match self {
            Self::Propagating | Self::Stale => Some(Backoff::PROPAGATION),
            Self::Throttled | Self::Busy => Some(Backoff::SERVICE),
            Self::Unavailable => Some(Backoff { timeout: Duration::from_mins(1), ..Backoff::SERVICE }),
            Self::Denied | Self::Credentials | Self::Refused => None,
        }
    }
}

/// A failed call: its class and the cloud's error.
#[derive(Clone)]
pub struct Fault {
    pub class: Class,
    source: Arc<dyn Error + Send + Sync>,
}

impl Fault {
    pub fn new(class: Class, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { class, source: Arc::from(source.into()) }
    }

    /// Returns the cloud's error, if it is of type `E`.
    pub fn cause<E: Error + 'static>(&self) -> Option<&E> {
        self.source.downcast_ref()
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.class, self.source)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.source()
    }
}
