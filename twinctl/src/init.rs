//! The first files of a twin: what is asked, what is already here, and what is written.

mod hcl;
mod settings;
mod terraform;
mod yaml;
