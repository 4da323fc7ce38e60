//! A twin on this machine, as people start, change and end it: real processes, real requests.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod built_elsewhere;
mod changed;
mod data;
mod destroyed;
mod dev;
mod first;
mod home;
mod in_the_way;
mod killed;
mod memory;
#[path = "../support/model_server.rs"]
mod model_server;
mod questions;
mod secret;
mod soak;
mod together;
mod visit;
