//! The target `local`: a twin on this machine.

mod backend;
mod canary;
mod data_folder;
mod folder_tag;
pub mod gateway;
mod gateway_process;
mod key_file;
mod logs;
mod machine;
mod memory_folder;
mod page;
mod pause_mark;
mod record_file;
mod restored;
mod service;
mod stack;
mod store;
mod target;

pub use logs::local_logs;
pub(crate) use logs::local_turns;
pub(crate) use pause_mark::FilePauseMark;
pub use record_file::RecordFile;
pub(crate) use store::FolderStore;
pub(crate) use target::{Local, root};
