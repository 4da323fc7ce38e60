//! Requests to the supervisor, and its view of the running process and of a second one during a canary.

use std::sync::{Arc, PoisonError};

use tokio::sync::oneshot;

use super::{process::Tally, upstream::Upstream};
use crate::{
    system::hash::sha256,
    targets::local::gateway::protocol::{BackendSetup, BackendStatus, CanaryStatus, GatewayError, Secrets},
    twin::canary::Answers,
};

/// A request to run a process with this setup and these secrets.
#[derive(Debug, Clone)]
pub(in crate::targets::local::gateway) struct Change {
    pub(in crate::targets::local::gateway) setup: BackendSetup,
    pub(in crate::targets::local::gateway) secrets: Secrets,
}

pub(super) type Reply = oneshot::Sender<Result<(), GatewayError>>;

#[derive(Debug)]
pub(super) enum Step {
    Change(Change),
    /// Start a second process, which gets this percentage of the conversations.
    BeginCanary(Change, u8),
    EndCanary,
}

#[derive(Debug, Clone, Default)]
pub(super) struct View {
    pub(super) status: Option<BackendStatus>,
    pub(super) upstream: Option<Arc<Upstream>>,
    pub(super) canary: Option<Canary>,
}

/// A number from 0 to 99 that decides which backend gets a request during a canary. That of a conversation never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::targets::local::gateway) struct Lot(u8);

impl Lot {
    pub(in crate::targets::local::gateway) fn of(id: impl AsRef<[u8]>) -> Self {
        let digits = u32::from_str_radix(&sha256(id)[..8], 16).unwrap_or_default();
        Self(u8::try_from(digits % 100).unwrap_or_default())
    }
}

/// The second backend during a canary.
#[derive(Debug, Clone)]
pub(super) struct Canary {
    pub(super) change: Change,
    /// The share of the conversations in percent.
    pub(super) percent: u8,
    /// `None` after the process has exited.
    pub(super) upstream: Option<Arc<Upstream>>,
    pub(super) failure: Option<GatewayError>,
    pub(super) new: Tally,
    pub(super) old: Tally,
}

impl Canary {
    /// Returns the client of the second backend if it gets the requests with this number.
    pub(super) fn upstream(&self, lot: Lot) -> Option<Arc<Upstream>> {
        let upstream =
            self.upstream.as_ref().filter(|upstream| lot.0 < self.percent && !upstream.is_ending());
        upstream.map(Arc::clone)
    }

    pub(super) fn status(&self) -> CanaryStatus {
        CanaryStatus {
            fingerprint: self.change.setup.fingerprint.clone(),
            new: counted(&self.new),
            old: counted(&self.old),
            failure: self.failure.clone(),
        }
    }

    /// Counts the answers of both backends from now on, or no longer.
    pub(super) fn count(&self, counts: bool) {
        for tally in [&self.new, &self.old] {
            *tally.lock().unwrap_or_else(PoisonError::into_inner) = counts.then(Answers::default);
        }
    }
}

fn counted(tally: &Tally) -> Answers {
    tally.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_keeps_its_number_and_the_numbers_are_spread() {
        // A gateway of another twinctl sends them to the same side.
        assert_eq!(["a", "conversation-1"].map(|id| Lot::of(id).0), [10, 52]);
        let below = (0..1000).filter(|id: &u32| Lot::of(id.to_string()).0 < 10).count();
        assert!((50..150).contains(&below), "{below}");
    }
}
