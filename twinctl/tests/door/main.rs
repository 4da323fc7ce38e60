//! The front door as a process of its own, with the real backend behind it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod binary;
mod chat;
mod killed;
mod load;
mod model;
mod page;
mod place;
mod start;
mod swapped;
mod visitor;
