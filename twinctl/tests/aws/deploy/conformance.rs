//! Conformance with AWS, without an account: its models of errors and requests, and what it does that the emulator does
//! not do.

pub(super) mod defaults;
mod errors;
mod propagation;
mod requests;
mod twin_lambda;
