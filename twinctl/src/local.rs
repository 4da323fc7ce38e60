//! The target `local`: a twin on this machine.

pub(crate) mod file;
