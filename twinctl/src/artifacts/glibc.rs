//! Versions of the GNU C library.

use std::fmt;

/// A glibc version, such as 2.34.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Glibc {
    pub major: u32,
    pub minor: u32,
}

impl Glibc {
    /// The version in Lambda's runtime `provided.al2023`.
    pub const LAMBDA: Self = Self::new(2, 34);

    pub const fn new(major: u32, minor: u32) -> Self {
        Self { major, minor }
    }

    /// Parses `2.36`, and `2.2.5` as 2.2. Returns `None` for anything else, such as `PRIVATE`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.').map(str::parse);
        Some(Self::new(parts.next()?.ok()?, parts.next()?.ok()?))
    }
}

impl fmt::Display for Glibc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}
