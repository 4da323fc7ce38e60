//! The processor architectures that Lambda offers.

use std::fmt;

/// The file in a function's zip that Lambda executes.
pub(super) const BOOTSTRAP: &str = "bootstrap";

/// One of Lambda's two architectures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Architecture {
    Arm64,
    X86_64,
}

impl Architecture {
    /// The cheapest on Lambda first.
    pub(crate) const ALL: [Self; 2] = [Self::Arm64, Self::X86_64];

    /// Returns the Rust target triple.
    pub const fn target(self) -> &'static str {
        match self {
            Self::Arm64 => "aarch64-unknown-linux-gnu",
            Self::X86_64 => "x86_64-unknown-linux-gnu",
        }
    }

    /// Returns the architecture of a Rust target triple, if Lambda supports it.
    pub fn of_target(target: &str) -> Option<Self> {
        match target.split('-').next() {
            Some("aarch64") => Some(Self::Arm64),
            Some("x86_64") => Some(Self::X86_64),
            _ => None,
        }
    }
}

/// The name that Lambda and the environment file use.
impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        })
    }
}
