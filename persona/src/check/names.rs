//! Files that the twin never reads, and nothing to speak from.

use crate::{Files, Gravity, Mistake, names};

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
    Some(Mistake {
        file: name.to_owned(),
        line: None,
        gravity: Gravity::Warning,
        what: format!("the twin reads `{read}` instead"),
        hint: Some("put all into one of them and remove the other".to_owned()),
    })
}

fn misnamed(name: &str, meant: &str) -> Mistake {
    Mistake {
        file: name.to_owned(),
        line: None,
        gravity: Gravity::Warning,
        what: "the twin does not read a file of this name".to_owned(),
        hint: Some(format!("did you mean `{meant}`?")),
    }
}

fn unused(names: &[&str]) -> Option<Mistake> {
    let (first, rest) = names.split_first()?;
    let what = match rest.len() {
        0 => "the twin does not read this file".to_owned(),
        more if more < NAMED => format!("the twin does not read this file, nor {}", listed(rest)),
        more => format!("the twin does not read this file, nor {more} others such as {}", listed(&rest[..1])),
    };
    Some(Mistake {
        file: (*first).to_owned(),
        line: None,
        gravity: Gravity::Warning,
        what,
        hint: Some("move what it should know into a file that it reads, such as `me.txt`".to_owned()),
    })
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
}

/// A twin that knows nothing about anybody does not answer.
fn speechless(files: &Files) -> Option<Mistake> {
    let knows = |(name, _): (&str, &[u8])| names::is_knowledge(name) || names::is_read_pdf(name);
    (!files.iter().any(knows)).then(|| Mistake {
        file: "facts.json".to_owned(),
        line: None,
        gravity: Gravity::Error,
        what: "there is nothing that the twin could speak from".to_owned(),
        hint: Some(
            "write about yourself in `facts.json`, `summary.txt` or `me.txt`, or add `linkedin.pdf`"
                .to_owned(),
        ),
    })
}

/// How many letters have to be changed, added or taken away (Levenshtein).
pub(super) fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (above, letter) in from.chars().enumerate() {
        let mut corner = above;
        row[0] = above + 1;
        for (at, wanted) in to.iter().enumerate() {
            let change = corner + usize::from(letter != *wanted);
            corner = row[at + 1];
            row[at + 1] = change.min(corner + 1).min(row[at] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_between_two_words() {
        for (from, to, letters) in
            [("", "", 0), ("a", "", 1), ("facts", "fact", 1), ("skils", "skill", 1), ("a", "bc", 2)]
        {
            assert_eq!(distance(from, to), letters, "{from} {to}");
        }
    }

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
