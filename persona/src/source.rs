//! Collects the data files from a folder or a git repository.

mod address;
mod collect;
mod error;
mod folder;
mod git;
mod layout;
mod location;

pub use address::GitAddress;
pub use collect::{
    CollectError, CollectOptions, Collected, HashedFiles, collect, default_folder, has_files, hash_files,
};
pub use error::SourceError;
pub use folder::{contains_program, reads_from};
pub use git::{GitError, Prompt};
pub use location::{Source, SourceOptions};
