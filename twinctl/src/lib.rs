//! twinctl.

pub mod spec;
