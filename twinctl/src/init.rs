//! The first files of a twin: what is asked, what is already here, and what is written.

mod answers;
mod drafts;
mod environments;
mod existing;
mod files;
mod hcl;
mod ignored;
mod persona;
mod questions;
mod settings;
mod terraform;
mod yaml;

pub(crate) use answers::{Answers, FullName, Line, Owner};
pub(crate) use drafts::{Folders, all, unsaid};
pub(crate) use environments::unknown;
pub(crate) use existing::Existing;
pub(crate) use files::{Done, Draft, Fate, Unwritten, foresee, write};
pub use questions::ModelKind;
pub(crate) use questions::{Given, Nobody, Open, Talk, ask, take_over};
