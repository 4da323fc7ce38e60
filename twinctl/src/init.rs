//! The first files of a twin: what is asked, what is already here, and what is written.

mod answers;
mod environments;
mod existing;
mod files;
mod hcl;
mod ignored;
mod persona;
mod settings;
mod terraform;
mod yaml;
