//! Access to the operating system: clock, environment variables, processes, files, hashes and HTTP.

pub mod clock;
pub(crate) mod exchange;
pub(crate) mod files;
pub mod hash;
pub mod host;
pub(crate) mod part_file;
pub(crate) mod watch;
