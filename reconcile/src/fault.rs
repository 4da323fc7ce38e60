//! What went wrong in one call, and what that asks of the engine.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use crate::Cadence;

/// What a failed call means for the engine. The cloud's own table decides; the kernel only acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Too many calls: slow down.
    Throttled,
    /// Something made a moment ago is not known everywhere yet.
    Propagating,
    /// The thing is being changed by somebody, or is still in use.
    Busy,
    /// Changed since it was read: look again and decide anew.
    Stale,
    /// No answer, or the service's own failure. Whether it took effect is unknown.
    Unavailable,
    /// The rights are missing.
    Denied,
    /// No credentials, or no longer valid.
    Credentials,
    /// A final no.
    Refused,
}

impl Class {
    /// How to try again; `None` when trying again cannot help.
    pub const fn cadence(self) -> Option<Cadence> {
        match self {
            Self::Propagating | Self::Stale => Some(Cadence::PROPAGATION),
            Self::Throttled | Self::Busy => Some(Cadence::BACKOFF),
            Self::Unavailable => Some(Cadence { patience: Duration::from_mins(1), ..Cadence::BACKOFF }),
            Self::Denied | Self::Credentials | Self::Refused => None,
        }
    }
}

/// A failed call: its class, and the cloud's own error.
#[derive(Clone)]
pub struct Fault {
    pub class: Class,
    source: Arc<dyn Error + Send + Sync>,
}

impl Fault {
    pub fn new(class: Class, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { class, source: Arc::from(source.into()) }
    }

    /// The cloud's own error, when it is of type `E`.
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
