//! Shared code of tests and developer commands: an emulated AWS, a proxy that injects faults, stand-in servers,
//! temporary folders and processes.

#![expect(clippy::unwrap_used, reason = "a failed test panics")]

pub mod aws_models;
pub mod clock;
pub mod emulator;
pub mod file_server;
pub mod folder;
pub mod former_twins;
pub mod github;
pub mod harness;
pub mod http;
pub mod model_server;
pub mod needs;
pub mod process;
pub mod proxy;
pub mod self_contained;
pub mod terminal;
pub mod twin_lambda;
pub mod venv;
pub mod wait;
pub mod workspace;

pub use folder::Folder;
pub use process::Run;
pub use testbed_macros::test;
