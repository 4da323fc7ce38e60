//! twinctl.
