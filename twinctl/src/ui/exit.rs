//! The exit codes, as documented.

use std::process::ExitCode;

/// How twinctl ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    Done = 0,
    Unexpected = 1,
    Usage = 2,
    /// The environment file, or what it points to (the page, the owner's files), cannot be used.
    Environment = 3,
    /// Somebody else holds the lock.
    Locked = 4,
    /// Credentials or rights are missing.
    Access = 5,
    /// Some resources failed.
    Failed = 6,
    /// Something would change, or has drifted.
    Pending = 7,
    /// The twin does not answer as it should, or is not there.
    Unhealthy = 8,
    Interrupted = 130,
}

/// For `twinctl --help`.
pub const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    unexpected failure
  2    wrong usage
  3    the environment file, or what it points to, cannot be used; nothing was touched
  4    somebody else holds the lock
  5    credentials or rights are missing
  6    some resources failed; run the command again to continue
  7    changes are pending (plan --exit-code, status)
  8    the twin does not answer as it should, or is not there
  130  interrupted; run the command again to continue";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
