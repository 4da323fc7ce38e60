//! Fingerprints of files: hash and size.

use std::fmt;

use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};

use crate::system::hash::hex;

/// The number of characters of a hash in messages.
const SHORT_HASH: usize = 8;

/// The `ETag` and size of a file. For an object that twinctl did not upload, both are as S3 returns them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// The MD5 hash, which is also the `ETag` of an object that was uploaded with one `PutObject` request.
    pub etag: String,
    pub size: u64,
}

impl Fingerprint {
    pub fn of(bytes: &[u8]) -> Self {
        Self { etag: hex(&Md5::digest(bytes)), size: bytes.len() as u64 }
    }

    /// Returns whether both can be of the same content. The `ETag` of a multipart upload changes when the object is
    /// copied, so only the sizes are compared then.
    pub fn matches(&self, other: &Self) -> bool {
        let is_multipart = self.etag.contains('-') || other.etag.contains('-');
        self.size == other.size && (is_multipart || self.etag == other.etag)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {:.SHORT_HASH$}", Size(self.size), self.etag)
    }
}

/// A human-readable size: `312 bytes`, `1.2 KB`, `20 MB`.
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
    fn sizes_are_human_readable() {
        for (size, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1_234, "1.2 KB"),
            (45_678, "45 KB"),
            (999_949, "999 KB"),
            (999_950, "1.0 MB"),
            (20_000_000, "20 MB"),
        ] {
            assert_eq!(Size(size).to_string(), text);
        }
        assert_eq!(Fingerprint::of(b"hello").to_string(), "5 bytes, 5d41402a");
    }

    #[test]
    fn multipart_uploads_are_compared_by_size() {
        let print = |etag: &str, size| Fingerprint { etag: etag.to_owned(), size };
        assert!(print("a-2", 5).matches(&print("b", 5)) && !print("a-2", 5).matches(&print("a-2", 6)));
        assert!(!print("a", 5).matches(&print("b", 5)));
    }
}
