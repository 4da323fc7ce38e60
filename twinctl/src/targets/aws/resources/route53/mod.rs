//! Hosted zones and the records in them: what certificate and domain share of Route 53.

mod batch;
mod needs;
mod record;
mod zones;

pub(crate) use batch::{Batch, has_arrived};
pub(crate) use needs::needs;
pub(crate) use record::{RecordSet, at_name};
pub(crate) use zones::{Choice, choose, list_zones};
pub use zones::{Zone, Zones};
