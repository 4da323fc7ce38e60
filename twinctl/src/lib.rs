//! Puts a personal AI twin online from one YAML file, and keeps it there.

pub mod aws;
pub mod bundle;
pub mod names;
pub mod resources;
pub mod spec;
