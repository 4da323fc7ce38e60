//! Checks that a file is text that the twin can read.

/// The line of an encoding error, its message and its hint.
type Error = (Option<usize>, &'static str, &'static str);

/// Returns the text without the byte order mark that some editors write.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Error> {
    const HINT: &str = "save it as UTF-8 (in most editors: `Save with encoding`)";
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err((None, "the file is UTF-16, but data files must be UTF-8", HINT));
    }
    let line = |at: usize| bytes[..at].split(|byte| *byte == b'\n').count();
    match std::str::from_utf8(bytes) {
        Ok(text) => match text.find('\0') {
            Some(at) => Err((Some(line(at)), "this is not a text file", "save it as plain text in UTF-8")),
            None => Ok(text.trim_start_matches('\u{feff}')),
        },
        Err(bad) if bytes.contains(&0) => {
            Err((Some(line(bad.valid_up_to())), "this is not a text file", "save it as plain text in UTF-8"))
        }
        Err(bad) => Err((Some(line(bad.valid_up_to())), "invalid UTF-8; the file may be Windows-1252", HINT)),
    }
}
