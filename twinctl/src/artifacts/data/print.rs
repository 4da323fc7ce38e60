//! What tells the content of a file from another.

use std::fmt;

use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};

use crate::system::hash::hex;

/// How much of a hash people get to see.
const SHOWN: usize = 8;

/// Of a file of ours this is its hash and size; of somebody else's object what S3 says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Print {
    /// What S3 answers as `ETag` for an object put in one piece: the MD5 of its bytes.
    pub etag: String,
    pub size: u64,
}

impl Print {
    pub fn of(bytes: &[u8]) -> Self {
        Self { etag: hex(&Md5::digest(bytes)), size: bytes.len() as u64 }
    }

    /// Whether both are of the same bytes, as far as anybody can tell: an object that was put in parts gets another
    /// `ETag` when it is copied.
    pub fn is_of(&self, other: &Self) -> bool {
        let in_parts = self.etag.contains('-') || other.etag.contains('-');
        self.size == other.size && (in_parts || self.etag == other.etag)
    }
}

impl fmt::Display for Print {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {:.SHOWN$}", Size(self.size), self.etag)
    }
}

/// A number of bytes, as people read it: `312 bytes`, `1.2 KB`, `20 MB`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size(pub(crate) u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = |unit: u64| (self.0 * 10 + unit / 2) / unit;
        let (unit, name) = match self.0 {
            1 => return f.write_str("1 byte"),
            0..1_000 => return write!(f, "{} bytes", self.0),
            1_000..999_950 => (1_000, "KB"),
            _ => (1_000_000, "MB"),
        };
        match tenths(unit) {
            tenths if tenths < 100 => write!(f, "{}.{} {name}", tenths / 10, tenths % 10),
            tenths => write!(f, "{} {name}", tenths / 10),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_spoken() {
        for (size, spoken) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1_234, "1.2 KB"),
            (45_678, "45 KB"),
            (999_949, "999 KB"),
            (999_950, "1.0 MB"),
            (20_000_000, "20 MB"),
        ] {
            assert_eq!(Size(size).to_string(), spoken);
        }
        assert_eq!(Print::of(b"hello").to_string(), "5 bytes, 5d41402a");
    }

    #[test]
    fn what_was_put_in_parts_is_known_by_its_size() {
        let print = |etag: &str, size| Print { etag: etag.to_owned(), size };
        assert!(print("a-2", 5).is_of(&print("b", 5)) && !print("a-2", 5).is_of(&print("a-2", 6)));
        assert!(!print("a", 5).is_of(&print("b", 5)));
    }
}
