//! Marks on the objects that twin-lambda writes to its memory. Only marked objects expire. Conversations are marked
//! while an expiry is set. In a bucket, objects without a turn are always marked.

use std::{collections::BTreeMap, time::SystemTime};

/// The tag of an S3 object that expires.
pub const TAG: (&str, &str) = ("twinctl:expires", "true");
/// The same tag as the value of the header `x-amz-tagging`, which is percent-encoded like a URL query.
pub const TAGGING: &str = "twinctl%3Aexpires=true";

/// The tag of an S3 object without a turn: the tombstone of a deleted conversation, or only the placeholder of a turn.
pub const EMPTY_TAG: (&str, &str) = ("twinctl:empty", "true");
/// The same tag as the value of the header.
pub const EMPTY_TAGGING: &str = "twinctl%3Aempty=true";
/// The age at which S3 deletes such an object, in days. It only has to outlive the turns that it prevents, and a function runs
/// for at most 15 minutes.
pub const EMPTY_DAYS: u16 = 1;

/// The file in a memory folder that contains the marks.
pub const MARKS: &str = ".expiring";

/// Returns a time in the format of the marks: nanoseconds since 1970.
pub fn nanoseconds(time: SystemTime) -> u128 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_nanos()
}

/// Returns the line that marks an object. A later line for the same key replaces it.
///
/// `modified` is the file's modification time, in nanoseconds since 1970. If the file has a different one, the mark is
/// ignored, because other software has replaced or restored the file.
pub fn mark(key: &str, modified: u128) -> String {
    format!("{modified} {key}\n")
}

/// Returns the keys and modification times of the marks. Incomplete lines, which a crash leaves behind, are ignored.
pub fn marks(text: &str) -> BTreeMap<&str, u128> {
    let parts = text.lines().filter_map(|line| line.split_once(' '));
    parts.filter_map(|(modified, key)| Some((key, modified.parse().ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_complete_mark_of_a_key_is_read() {
        let text =
            [mark("a.json", 7), "12".to_owned(), "\nx y\n".to_owned(), mark("a.json", 8), mark("b c", 9)];
        assert_eq!(marks(&text.concat()), BTreeMap::from([("a.json", 8), ("b c", 9)]));
    }

    #[test]
    fn the_header_contains_the_encoded_tag() {
        for ((key, value), header) in [(TAG, TAGGING), (EMPTY_TAG, EMPTY_TAGGING)] {
            assert_eq!(header, format!("{}={value}", key.replace(':', "%3A")));
        }
    }
}
