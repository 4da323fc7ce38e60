//! The chat backend of a personal AI twin. `chat::Twin::answer` runs a whole turn, from the message to its answer.
//!
//! Modules import only modules that are further down in this list.

pub mod start;

pub mod runtime;
pub mod server;

pub mod http;

pub mod chat;

pub mod error;

pub mod budget;
pub mod filter;
pub mod loader;
pub mod model;

pub mod prompt;

pub mod persona;

pub mod memory;
pub mod questions;

pub mod store;

pub mod aws;

pub mod client;

pub mod body;
pub mod log;

pub mod config;

pub mod clock;
pub mod session;
pub mod visitor;
pub mod yaml;

#[cfg(test)]
mod testing;
