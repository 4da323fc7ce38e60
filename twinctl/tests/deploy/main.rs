//! Whole runs of `twinctl` against an emulated AWS, as people and CI start them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod account;
mod by_hand;
mod changed;
mod code;
mod destroy;
mod domain;
mod drift;
mod foreign;
mod help;
mod interrupted;
mod killed;
mod lost;
mod mistakes;
mod newcomer;
mod talk;
mod together;
mod twin;
mod unlock;
mod visit;
