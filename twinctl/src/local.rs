//! The target `local`: a twin on this machine.

mod backend;
mod data_folder;
pub(crate) mod file;
mod front_door;
mod key_file;
mod machine;
mod mark;
mod memory_folder;
mod service;
mod stack;
mod target;

pub(crate) use key_file::FileVault;
pub(crate) use target::Local;
