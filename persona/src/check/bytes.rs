//! Sizes, and whether bytes are text as the twin reads it.

use super::error;
use crate::{Files, Mistake};

/// A twin speaks from a few hundred kilobytes; more is an accident.
const LARGEST: usize = 16 << 20;
const ALL: usize = 64 << 20;

pub(super) fn sizes(files: &Files) -> Vec<Mistake> {
    let hint = "leave out what no visitor needs";
    let large = files.iter().filter(|(_, bytes)| bytes.len() > LARGEST);
    let mut mistakes: Vec<Mistake> = large
        .map(|(name, bytes)| {
            error(
                name,
                None,
                format!("it is {}, and {} at most go online", mib(bytes.len()), mib(LARGEST)),
                hint,
            )
        })
        .collect();
    let all = files.iter().map(|(_, bytes)| bytes.len()).sum();
    if all > ALL {
        let what = format!("together they are {}, and {} at most go online", mib(all), mib(ALL));
        mistakes.push(error("all files", None, what, hint));
    }
    mistakes
}

fn mib(bytes: usize) -> String {
    format!("{} MB", bytes.div_ceil(1 << 20))
}

type Trouble = (Option<usize>, &'static str, &'static str);

/// The text without the mark that some editors put in front.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Trouble> {
    const HINT: &str = "save it as UTF-8 (in most editors: `Save with encoding`)";
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err((None, "it is UTF-16, as some Windows programs save text", HINT));
    }
    let line = |at: usize| bytes[..at].split(|byte| *byte == b'\n').count();
    match std::str::from_utf8(bytes) {
        Ok(text) => match text.find('\0') {
            Some(at) => Err((Some(line(at)), "it is not a text", "write it as a plain text in UTF-8")),
            None => Ok(text.trim_start_matches('\u{feff}')),
        },
        Err(bad) if bytes.contains(&0) => {
            Err((Some(line(bad.valid_up_to())), "it is not a text", "write it as a plain text in UTF-8"))
        }
        Err(bad) => Err((
            Some(line(bad.valid_up_to())),
            "a letter here is not UTF-8; the file may be Windows-1252",
            HINT,
        )),
    }
}
