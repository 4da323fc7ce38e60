//! Checks file names: files that the twin does not read, and missing ones.

use super::spelling::distance;
use crate::{files::Files, finding::Finding, names};

/// The name of a profile that was exported from `LinkedIn`.
const LINKEDIN: &str = "profile.pdf";

pub(crate) fn check(files: &Files) -> Vec<Finding> {
    let is_copied = |name: &str, bytes: &[u8]| {
        let bare = names::without_folder(name);
        let folder = &name[..name.len() - bare.len()];
        files.get(&format!("{folder}notes/{bare}")) == Some(bytes)
    };
    let unread = files.iter().filter(|(name, bytes)| !is_used(name) && !is_copied(name, bytes));
    let unread = unread.map(|(name, _)| name);
    let (meant, others): (Vec<_>, Vec<_>) =
        unread.map(|name| (name, meant(name))).partition(|(_, meant)| meant.is_some());
    let mut findings: Vec<Finding> =
        meant.iter().filter_map(|(name, meant)| Some(misnamed(name, meant.as_deref()?))).collect();
    let others: Vec<&str> = others.into_iter().map(|(name, _)| name).collect();
    findings.extend(unused(&others));
    findings.extend(files.iter().filter_map(|(name, _)| shadowed(files, name)));
    findings.extend(nothing_known(files));
    findings
}

fn is_used(name: &str) -> bool {
    names::is_read(name) || names::is_read_pdf(name) || names::is_note(name)
}

/// Returns the name that was probably intended, if this one is misspelled or differs in case.
fn meant(name: &str) -> Option<String> {
    let bare = names::without_folder(name);
    let folder = &name[..name.len() - bare.len()];
    let written = bare.to_lowercase();
    let known = match written.as_str() {
        LINKEDIN => Some("linkedin.pdf"),
        _ => names::suggestions().find(|known| distance(&written, known) <= 1),
    };
    known.map(|known| format!("{folder}{known}"))
}

/// Returns a warning if the twin reads another file with the same content instead.
fn shadowed(files: &Files, name: &str) -> Option<Finding> {
    let read =
        names::alternatives(name).find(|other| files.get(other).is_some()).filter(|read| read != name)?;
    let what = format!("the twin reads `{read}` instead");
    Some(Finding::warning(name, None, what, "merge them into one file and remove the other"))
}

fn misnamed(name: &str, meant: &str) -> Finding {
    Finding::warning(
        name,
        None,
        "the twin does not read files with this name",
        format!("did you mean `{meant}`?"),
    )
}

fn unused(names: &[&str]) -> Option<Finding> {
    let (first, rest) = names.split_first()?;
    let more = match rest {
        [] => String::new(),
        [one] => format!(" or `{one}`"),
        [one, two] => format!(", `{one}` or `{two}`"),
        [one, ..] => format!(" or {} others, such as `{one}`", rest.len()),
    };
    let what = format!("the twin does not read this file{more}");
    let hint = if first.to_lowercase().ends_with(".pdf") {
        "rename your CV to `cv.pdf`; write what the twin should know from other PDFs to a text in the folder `notes/`"
    } else {
        "move a text to the folder `notes/`, or what the twin should know into a file that it reads, such as `me.txt`"
    };
    Some(Finding::warning(first, None, what, hint))
}

/// Returns an error if no file describes the owner: such a twin does not answer.
fn nothing_known(files: &Files) -> Option<Finding> {
    let knows = |(name, _): (&str, &[u8])| names::is_knowledge(name) || names::is_read_pdf(name);
    let hint = "write about yourself in `facts.json`, `summary.txt` or `me.txt`, or add `linkedin.pdf`";
    let what = "no file describes you, so the twin cannot answer";
    (!files.iter().any(knows)).then(|| Finding::error("facts.json", None, what, hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelled_names_are_recognized() {
        for (name, expected) in [
            ("Facts.json", Some("facts.json")),
            ("data/LinkedIn.pdf", Some("data/linkedin.pdf")),
            ("Profile.pdf", Some("linkedin.pdf")),
            ("fact.json", Some("facts.json")),
            ("sumary.txt", Some("summary.txt")),
            ("notes.txt", None),
        ] {
            assert_eq!(meant(name).as_deref(), expected, "{name}");
        }
    }
}
