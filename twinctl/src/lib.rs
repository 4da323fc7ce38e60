//! twinctl.

pub mod bundle;
