//! Puts a personal AI twin online from one YAML file, and keeps it there.

pub mod aws;
pub mod bundle;
pub mod cli;
pub mod clock;
pub mod diagnostic;
pub mod exit;
pub mod lock;
pub mod names;
pub mod resources;
pub mod spec;
pub mod surroundings;
pub mod ui;
