//! The first files of a twin: questions, detection of an existing twin, and the files to write.

mod answers;
mod data_files;
mod drafts;
mod environments;
mod existing;
mod files;
mod found_value;
mod hcl;
mod ignored;
pub(crate) mod managed;
mod names_file;
mod outcome;
mod persona;
mod pipeline;
mod program_model;
mod python_files;
mod python_prompt;
mod questions;
mod retire;
mod subfolders;
mod terraform;
mod yaml;

pub(crate) use answers::Owner;
pub(crate) use drafts::{Folders, all};
pub(crate) use existing::Existing;
pub(crate) use files::{CompletedSteps, Draft, WriteError, WriteStatus, preview, write};
pub(crate) use names_file::NamesFile;
pub(crate) use outcome::Outcome;
pub(crate) use questions::{
    Defaults, Dialog, GivenAnswers, ModelKind, OpenQuestions, ask, take_over, take_over_subfolder,
};
pub(crate) use retire::{RetireError, retire};
