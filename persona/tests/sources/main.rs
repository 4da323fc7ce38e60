//! Where the owner's files come from: folders as twins have them, git repositories, encrypted files.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod desk;
mod encrypted;
mod folders;
mod git;
mod http;
mod programs;
mod repository;
