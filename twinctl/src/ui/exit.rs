//! The documented exit codes.

use std::process::ExitCode;

/// An exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    Done = 0,
    Unexpected = 1,
    Usage = 2,
    /// The environment file, or something that it refers to (the page, the data files), is invalid.
    Environment = 3,
    /// Another process holds the lock.
    Locked = 4,
    /// Credentials or permissions are missing.
    Access = 5,
    /// Some resources failed.
    Failed = 6,
    /// Changes are pending, or resources have drifted.
    Pending = 7,
    /// The twin is unhealthy or does not exist.
    Unhealthy = 8,
    Interrupted = 130,
}

/// The section of `twinctl --help`.
pub const EXIT_CODES: &str = "\
Exit codes:
  0    success
  1    unexpected failure
  2    wrong usage, or a question without a terminal to ask it
  3    the environment file, or a file that it refers to, is invalid; nothing was changed
  4    another process holds the lock
  5    credentials or permissions are missing, or the account is another one
  6    some resources failed, or something blocks the plan; run the command again to continue
  7    changes are pending (plan --exit-code, status, secret status)
  8    the twin does not answer, fails a test of verify, or does not exist
  130  interrupted, or you answered no; run the command again to continue";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
