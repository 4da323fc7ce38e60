//! Data files: loads and checks them, and compares them with the files that a target stores.

mod desired;
mod file_changes;
mod fingerprint;
mod history;
mod layout;
mod loader;
mod notes;
mod ollama;
mod prepared;
mod sample;

pub use desired::DesiredFiles;
pub(crate) use file_changes::facts_changes;
pub use file_changes::{FileChanges, ResolvedFiles, StoredFiles, plan_changes};
pub use fingerprint::Fingerprint;
pub(crate) use fingerprint::Size;
pub(crate) use history::HISTORY;
pub use history::{Checked, Files, History, Set};
pub(crate) use layout::{Layout, folder_rank};
pub use loader::DataOptions;
pub(crate) use loader::{DataLoader, ScannedFiles, data_tokens, local_data_folder, uploadable_files};
pub(crate) use notes::{dollars, plan_notes, thousands};
pub use prepared::{FACTS, PreparedFiles};
pub(crate) use sample::SAMPLE;
