//! What tests and developer commands share: an emulated AWS, and a proxy that delays, counts and breaks its calls.

pub mod emulator;
pub mod proxy;
pub mod workspace;
