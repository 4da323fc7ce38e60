//! What tests and developer commands share: an emulated AWS, a proxy that delays, counts and breaks its calls, and the
//! backend as it is in this workspace.

pub mod backend;
pub mod emulator;
pub mod proxy;
pub mod workspace;
