//! Files that the twin never reads, and nothing to speak from.

use super::near::distance;
use super::{error, warning};
use crate::{Files, Mistake, names};

/// How many files are named before the rest is counted.
const NAMED: usize = 3;
/// As the export of a profile is called when it arrives.
const LINKEDIN: &str = "profile.pdf";

pub(crate) fn look(files: &Files) -> Vec<Mistake> {
    let unread = files.iter().map(|(name, _)| name).filter(|name| !is_of_use(name));
    let (meant, others): (Vec<_>, Vec<_>) =
        unread.map(|name| (name, meant(name))).partition(|(_, meant)| meant.is_some());
    let mut mistakes: Vec<Mistake> =
        meant.iter().filter_map(|(name, meant)| Some(misnamed(name, meant.as_deref()?))).collect();
    let others: Vec<&str> = others.into_iter().map(|(name, _)| name).collect();
    mistakes.extend(unused(&others));
    mistakes.extend(files.iter().filter_map(|(name, _)| shadowed(files, name)));
    mistakes.extend(speechless(files));
    mistakes
}

fn is_of_use(name: &str) -> bool {
    names::is_read(name) || names::is_read_pdf(name)
}

/// The same name in another case or with a slip of the finger.
fn meant(name: &str) -> Option<String> {
    let bare = names::bare(name);
    let folder = &name[..name.len() - bare.len()];
    let written = bare.to_lowercase();
    let known = match written.as_str() {
        LINKEDIN => Some("linkedin.pdf"),
        _ => names::all().find(|known| distance(&written, known) <= 1),
    };
    known.map(|known| format!("{folder}{known}"))
}

/// Of several names for the same, the twin reads one.
fn shadowed(files: &Files, name: &str) -> Option<Mistake> {
    let read = names::rivals(name).find(|rival| files.get(rival).is_some()).filter(|read| read != name)?;
    let what = format!("the twin reads `{read}` instead");
    Some(warning(name, None, what, "put all into one of them and remove the other"))
}

fn misnamed(name: &str, meant: &str) -> Mistake {
    warning(name, None, "the twin does not read a file of this name", format!("did you mean `{meant}`?"))
}

fn unused(names: &[&str]) -> Option<Mistake> {
    let (first, rest) = names.split_first()?;
    let what = match rest.len() {
        0 => "the twin does not read this file".to_owned(),
        more if more < NAMED => format!("the twin does not read this file, nor {}", listed(rest)),
        more => format!("the twin does not read this file, nor {more} others such as {}", listed(&rest[..1])),
    };
    Some(warning(first, None, what, "move what it should know into a file that it reads, such as `me.txt`"))
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
}

/// A twin that knows nothing about anybody does not answer.
fn speechless(files: &Files) -> Option<Mistake> {
    let knows = |(name, _): (&str, &[u8])| names::is_knowledge(name) || names::is_read_pdf(name);
    let hint = "write about yourself in `facts.json`, `summary.txt` or `me.txt`, or add `linkedin.pdf`";
    let what = "there is nothing that the twin could speak from";
    (!files.iter().any(knows)).then(|| error("facts.json", None, what, hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_can_have_meant() {
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
