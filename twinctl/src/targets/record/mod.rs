//! The record of an environment: its identity, its lock and its last releases.

mod adopted;
mod format;
mod kept;
mod origin;
#[expect(clippy::module_inception, reason = "the record, next to where it is stored")]
mod record;
mod register;
mod release;
#[cfg(test)]
mod tests;
mod write_gate;

pub use adopted::{Adopted, Former, LARGEST_ADOPTED};
pub(crate) use format::RecordFormat;
pub use kept::{Kept, KeptReleases};
pub use origin::{OriginSecret, OriginSecrets};
pub use record::{
    Birth, CanaryRun, Destroying, Expiry, ExpiryChange, Feature, Held, Holder, KnownDomain, Record,
};
pub use register::{Condition, FormerDomains, RecordStore, Register, RotationStep, RunResult, TakeResult};
pub use release::{KnownIds, NotRestorable, Release, ReleasePart, ReleaseParts};
pub use write_gate::{GateClosed, WriteGate};
