//! What one kind of thing has to say about itself.

use std::fmt;

use crate::{Cadence, Change, Fault};

/// One kind of thing in the cloud. `self` is only its identity: enough to find it. What an implementation learns
/// during a run (the id of what it created, say) is kept in its [`Memory`](Self::Memory).
///
/// There is no waiting, no retry and no create-or-update branch in an implementation: the engine calls `observe`,
/// `diff` and `converge` in one loop until nothing differs, and `observe` and `delete` until nothing is left.
pub trait Resource: Send + Sync + 'static {
    type Cloud: Send + Sync + 'static;
    /// What the specification wants, upstream outputs included.
    type Desired: Clone + Send + Sync + 'static;
    /// What is there, as far as `diff` compares it.
    type Actual: Clone + Send + Sync + 'static;
    /// What other things need to know of it.
    type Output: Clone + Send + Sync + 'static;
    /// What the implementation remembers between calls within one run, `()` for most. The engine owns it, and never
    /// runs two calls of the same node at once.
    type Memory: Default + Send + 'static;

    /// Returns the memory at the start of a run. Override it to use what an earlier run has recorded, such as an id.
    fn initial_memory(&self) -> Self::Memory {
        Self::Memory::default()
    }

    /// Looks. Not found is `None`; forbidden is an error, never `None`.
    fn observe(
        &self,
        cloud: &Self::Cloud,
        memory: &mut Self::Memory,
    ) -> impl Future<Output = Result<Option<Self::Actual>, Fault>> + Send;

    /// Whose it is, by its tags.
    fn ownership(&self, actual: &Self::Actual) -> Ownership;

    /// What differs; with no actual, everything that will be set. Pure: the plan is printed from this.
    fn diff(&self, desired: &Self::Desired, actual: Option<&Self::Actual>) -> Vec<Change>;

    /// Whether it can be pushed to, and used.
    fn status(&self, actual: &Self::Actual) -> Status {
        let _ = actual;
        Status::Ready
    }

    /// One idempotent push towards `desired`. Writes nothing that `diff` cannot see.
    fn converge(
        &self,
        cloud: &Self::Cloud,
        memory: &mut Self::Memory,
        desired: &Self::Desired,
        actual: Option<&Self::Actual>,
    ) -> impl Future<Output = Result<Pushed<Self::Actual>, Fault>> + Send;

    /// One step towards its end.
    fn delete(
        &self,
        cloud: &Self::Cloud,
        memory: &mut Self::Memory,
        actual: &Self::Actual,
    ) -> impl Future<Output = Result<Removed, Fault>> + Send;

    /// During deletion: still there, but no longer using what it was made from.
    fn detached(&self, actual: &Self::Actual) -> bool {
        let _ = actual;
        false
    }

    /// `None` while only parts of it are there, as a crash may leave them: nobody can be told of it yet.
    fn output(&self, actual: &Self::Actual) -> Option<Self::Output>;

    /// The output that a push will lead to, where that is already certain. Until it is, nobody gets the present one early.
    fn foresee(&self, desired: &Self::Desired, actual: Option<&Self::Actual>) -> Option<Self::Output> {
        let _ = (desired, actual);
        None
    }
}

/// What a push led to.
#[derive(Debug)]
pub enum Pushed<A> {
    /// The answer held the whole picture: this is what is there now.
    Now(A),
    /// Observe again.
    Look,
}

/// What a step of a deletion led to.
#[derive(Debug)]
pub enum Removed {
    Gone,
    Look,
    /// Nothing could be done yet.
    Waiting(Wait),
}

/// Whether a thing can be pushed to, and used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    Ready,
    /// Nothing may be pushed before this is over.
    Busy(Wait),
    /// May be pushed to; whoever made it waits for its end unless told otherwise.
    Settling(Wait),
    Failed(String),
}

/// What is being waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// Fits "waiting for …".
    pub reason: String,
    pub cadence: Cadence,
}

impl Wait {
    pub fn new(reason: impl Into<String>, cadence: Cadence) -> Self {
        Self { reason: reason.into(), cadence }
    }
}

/// Whose a thing is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    Ours,
    /// It has our name and not our tags. The text says what it is, and is shown as it is.
    Foreign(String),
}

impl fmt::Display for Ownership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ours => f.write_str("ours"),
            Self::Foreign(what) => f.write_str(what),
        }
    }
}
