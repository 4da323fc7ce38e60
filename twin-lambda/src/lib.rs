//! The chat backend of a personal AI twin; `chat::Twin::answer` is the whole step from a message to its answer.

pub mod aws;
pub mod body;
pub mod chat;
pub mod client;
pub mod clock;
pub mod config;
pub mod error;
pub mod http;
pub mod log;
pub mod memory;
pub mod model;
pub mod persona;
pub mod prompt;
pub mod questions;
pub mod runtime;
pub mod screen;
pub mod server;
pub mod session;
pub mod start;
pub mod store;
#[cfg(test)]
mod testing;
