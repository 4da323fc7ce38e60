//! Collecting data files from folders and git repositories, and encrypted files.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod encrypted;
mod folders;
mod git;
mod http;
mod project;
mod repository;
