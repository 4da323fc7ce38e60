//! Whole runs of `twinctl` against an emulated AWS, as people and CI start them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod account;
mod by_hand;
mod changed;
mod ci;
mod code;
mod credentials;
mod data;
mod destroy;
mod domain;
mod drift;
mod foreign;
mod github;
mod help;
mod hub;
mod interrupted;
mod killed;
mod lost;
mod memory;
mod mistakes;
#[path = "../support/model_server.rs"]
mod model_server;
mod newcomer;
mod secret;
mod talk;
mod together;
mod twin;
mod unlock;
mod visit;
mod workflows;
