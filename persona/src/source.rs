//! Where the owner's files come from: a folder, or a git repository.

mod address;
mod collect;
mod folder;
mod git;
mod said;
mod text;
mod tree;

use std::path::PathBuf;

pub use address::GitAddress;
pub use collect::{CollectError, Collected, Means, Survey, collect, is_there, survey, usual_folder};
pub use git::{Asking, GitError};
pub use said::Said;
pub use text::BadSource;

/// As `data:` or `--from` name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody said: `data/`, or where the twins that were there before keep theirs.
    Usual,
    Folder(PathBuf),
    Git(GitAddress),
}
