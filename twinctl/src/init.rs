//! The first files of a twin: questions, detection of an existing twin, and the files to write.

mod answers;
mod drafts;
mod environments;
mod existing;
mod files;
mod hcl;
mod ignored;
mod outcome;
mod persona;
mod questions;
mod settings;
mod terraform;
mod yaml;

pub(crate) use answers::Owner;
pub(crate) use drafts::{Folders, all};
pub(crate) use existing::Existing;
pub(crate) use files::{Done, Draft, Fate, Unwritten, foresee, write};
pub(crate) use outcome::Outcome;
pub(crate) use questions::{Given, ModelKind, Nobody, Open, Talk, ask, take_over};
