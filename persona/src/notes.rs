//! Notes: texts with any name in the folder `notes/`. The twin reads them as part of another text.

use crate::{files::Files, names};

/// The files to which notes are added: the first that exists, else the first.
const TEXTS: [&str; 2] = ["me.txt", "summary.txt"];

/// Adds each note to a text that the twin reads, under its name.
pub(crate) fn merge(files: &mut Files) {
    let notes: Vec<String> =
        files.iter().map(|(name, _)| name.to_owned()).filter(|name| names::is_note(name)).collect();
    let Some(first) = notes.first() else { return };
    let target = target(files, first);
    let mut text = files.get(&target).unwrap_or_default().to_vec();
    for name in &notes {
        let note = files.remove(name).unwrap_or_default();
        let title =
            name.rsplit('/').next().and_then(|file| file.rsplit_once('.')).map_or("", |(stem, _)| stem);
        if !text.is_empty() {
            text.extend_from_slice(b"\n\n");
        }
        text.extend_from_slice(format!("# {title}\n\n").as_bytes());
        text.extend_from_slice(note.trim_ascii_end());
    }
    text.push(b'\n');
    files.insert(target, text);
}

/// Returns the name of the text. A `me.txt` would replace a `me.pdf`.
fn target(files: &Files, note: &str) -> String {
    let existing = TEXTS
        .iter()
        .flat_map(|name| names::alternatives(name))
        .find(|name| TEXTS.contains(&names::without_folder(name)) && files.get(name).is_some());
    let has_pdf = files.iter().any(|(name, _)| names::without_folder(name) == "me.pdf");
    let folder = &note[..note.len() - names::without_folder(note).len()];
    existing.unwrap_or_else(|| format!("{folder}{}", TEXTS[usize::from(has_pdf)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(all: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut files = Files::default();
        for (name, text) in all {
            files.insert(*name, text.as_bytes().to_vec());
        }
        merge(&mut files);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        files.iter().map(|(name, bytes)| (name.to_owned(), text(bytes))).collect()
    }

    fn expected(all: &[(&str, &str)]) -> Vec<(String, String)> {
        all.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn notes_become_a_part_of_a_text_that_the_twin_reads() {
        let notes = [("data/notes/github.txt", "I wrote loom.\n"), ("data/notes/talks.md", "In Oslo.")];
        let both = "# github\n\nI wrote loom.\n\n# talks\n\nIn Oslo.\n";
        assert_eq!(merged(&notes), expected(&[("data/me.txt", both)]));
        let with = |name, text| [&notes[..], &[(name, text)]].concat();
        assert_eq!(
            merged(&with("data/summary.txt", "I weave.")),
            expected(&[("data/summary.txt", &format!("I weave.\n\n{both}"))])
        );
        assert_eq!(
            merged(&with("me.pdf", "%PDF")),
            expected(&[("data/summary.txt", both), ("me.pdf", "%PDF")])
        );
        assert_eq!(merged(&[("me.txt", "I am.")]), expected(&[("me.txt", "I am.")]));
    }
}
