//! The trait that every kind of resource implements.

use crate::{backoff::Backoff, change::Change, fault::Fault};

/// A kind of resource in the cloud. `self` is only its identity: enough to find it. An implementation keeps
/// what it learns during a run, such as the id of a created resource, in its [`Memory`](Self::Memory).
///
/// Implementations do not wait, retry or choose between create and update. The engine calls `observe`, `diff` and
/// `converge` in a loop until nothing differs, and `observe` and `delete` until the resource no longer exists.
pub trait Resource: Send + Sync + 'static {
    type Cloud: Send + Sync + 'static;
    /// The desired state: what the specification wants, including upstream outputs.
    type Desired: Clone + Send + Sync + 'static;
    /// The actual state, as far as `diff` compares it.
    type Actual: Clone + Send + Sync + 'static;
    /// The data that other nodes need from the resource.
    type Output: Clone + Send + Sync + 'static;
    /// The memory between the calls of one run, `()` for most. The engine owns it, and never runs two calls of the same
    /// node at once.
    type Memory: Default + Send + 'static;

    /// Returns the name of the resource in the cloud, for plans.
    fn physical_name(&self) -> Option<String> {
        None
    }

    /// Returns the memory at the start of a run. Override it to use what an earlier run has recorded, such as an id.
    fn initial_memory(&self) -> Self::Memory {
        Self::Memory::default()
    }

    /// Reads the actual state. `None` means that the resource does not exist; a missing permission is an error.
    fn observe(
        &self,
        cloud: &Self::Cloud,
        memory: &mut Self::Memory,
    ) -> impl Future<Output = Result<Option<Self::Actual>, Fault>> + Send;

    /// Returns the owner of the resource, by its tags.
    fn ownership(&self, actual: &Self::Actual) -> Ownership;

    /// Returns the differences. Without an actual state, these are all fields that will be set. Must be pure, because
    /// plans are printed from it.
    fn diff(&self, desired: &Self::Desired, actual: Option<&Self::Actual>) -> Vec<Change>;

    /// Returns whether the resource can be pushed to and used.
    fn status(&self, actual: &Self::Actual) -> Status {
        let _ = actual;
        Status::Ready
    }

    /// Makes one idempotent push towards `desired`. Must not write anything that `diff` does not compare: any of several
    /// writes can be lost in a crash, and the next diff must show it.
    fn converge(
        &self,
        cloud: &Self::Cloud,
        memory: &mut Self::Memory,
        desired: &Self::Desired,
        actual: Option<&Self::Actual>,
    ) -> impl Future<Output = Result<Pushed<Self::Actual>, Fault>> + Send;

    /// Makes one step of the deletion.
    fn delete(
        &self,
        cloud: &Self::Cloud,
        memory: &mut Self::Memory,
        actual: &Self::Actual,
    ) -> impl Future<Output = Result<Removed, Fault>> + Send;

    /// Returns whether a resource that is being deleted no longer uses its upstream nodes, although it still exists.
    fn detached(&self, actual: &Self::Actual) -> bool {
        let _ = actual;
        false
    }

    /// Returns the output, or `None` if only parts of the resource exist, as after a crash.
    fn output(&self, actual: &Self::Actual) -> Option<Self::Output>;

    /// Returns the output that the resource will have after the next pushes, if it is already certain. Early dependents
    /// get the present output only if it is certain.
    fn predict_output(&self, desired: &Self::Desired, actual: Option<&Self::Actual>) -> Option<Self::Output> {
        let _ = (desired, actual);
        None
    }
}

/// The result of a push.
#[derive(Debug)]
pub enum Pushed<A> {
    /// The complete actual state after the push.
    Actual(A),
    /// The response was incomplete: observe again.
    Observe,
}

/// The result of one step of a deletion.
#[derive(Debug)]
pub enum Removed {
    Done,
    /// Observe again.
    Observe,
    /// The deletion cannot continue yet.
    Waiting(Wait),
}

/// Whether a resource can be pushed to and used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    Ready,
    /// Must not be pushed to until the wait is over.
    Busy(Wait),
    /// Must not be pushed to until the wait is over, but can be used. A run that does not wait leaves the difference to the
    /// next one.
    Deferred(Wait),
    /// Can be pushed to. A run that created it waits until it is ready, unless told otherwise.
    Settling(Wait),
    Failed(String),
}

/// A wait for a process in the cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// Completes "waiting for …".
    pub reason: String,
    pub backoff: Backoff,
}

impl Wait {
    pub fn new(reason: impl Into<String>, backoff: Backoff) -> Self {
        Self { reason: reason.into(), backoff }
    }
}

/// The owner of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    Ours,
    /// The resource has our name but no owner. If this run created it, the owner may not be readable yet. The text
    /// describes the resource and is printed as it is.
    Untagged(String),
    /// The resource has our name but another owner. The text describes it and is printed as it is.
    Foreign(String),
}
