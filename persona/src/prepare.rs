//! What of the owner's files goes online, and all that there is to say about it beforehand.

use std::collections::BTreeMap;

use contract::tokens::estimate;

use crate::pdf::{self, Taken, Unreadable};
use crate::privacy::{Allow, LeftOut, Screen};
use crate::{Files, Gravity, Mistake, check, names};

/// What the twin tells every model of its own accord.
const RULES: usize = 350;

/// The files as they go online, and what people should know before.
#[derive(Debug, Default)]
pub struct Prepared {
    pub files: Files,
    /// In the order of their files. An error among them, and nothing may go online.
    pub mistakes: Vec<Mistake>,
    pub left_out: Vec<LeftOut>,
    /// The names of texts that were taken out of PDFs.
    pub texts: Vec<String>,
    /// The names of PDFs that do not go online: something in them was left out, or could not be looked at.
    pub kept_back: Vec<String>,
    /// A guess at what is sent with every message.
    pub tokens: usize,
}

impl Prepared {
    pub fn has_errors(&self) -> bool {
        self.mistakes.iter().any(|mistake| mistake.gravity == Gravity::Error)
    }
}

/// Looks at everything, so that all mistakes are told at once.
pub fn prepare(files: Files, allow: &Allow) -> Prepared {
    let mut prepared = Prepared { files, ..Prepared::default() };
    for name in chosen(&prepared.files, names::is_template) {
        prepared.files.remove(&name);
    }
    prepared.mistakes.extend(check::look(&prepared.files));
    let unused = read_pdfs(&mut prepared);
    leave_out(&mut prepared, &unused, allow);
    prepared.tokens = tokens(&prepared.files);
    prepared.mistakes.sort();
    prepared.kept_back.sort();
    prepared
}

fn chosen(files: &Files, wanted: fn(&str) -> bool) -> Vec<String> {
    files.iter().map(|(name, _)| name.to_owned()).filter(|name| wanted(name)).collect()
}

/// Puts the texts of PDFs beside them. Answers with those that are not used, by the names of their PDFs: what the
/// owner has written themselves is read instead.
fn read_pdfs(prepared: &mut Prepared) -> BTreeMap<String, String> {
    let mut unused = BTreeMap::new();
    for name in chosen(&prepared.files, names::is_read_pdf) {
        let made = names::text_of(&name);
        let own = names::rivals(&made).find(|rival| prepared.files.get(rival).is_some());
        let taken = prepared.files.get(&name).map_or(Err(Unreadable::NotAPdf), pdf::read);
        prepared.mistakes.extend(check::pdf::mistake(&name, &taken, own.as_deref()));
        match taken {
            Ok(Taken { text, .. }) if own.is_none() => {
                prepared.files.insert(&made, text.into_bytes());
                prepared.texts.push(made);
            }
            Ok(Taken { text, .. }) => {
                unused.insert(name, text);
            }
            Err(_) => {}
        }
    }
    unused
}

/// A PDF holds what was left out of its text, so it stays where it is unless nothing was.
fn leave_out(prepared: &mut Prepared, unused: &BTreeMap<String, String>, allow: &Allow) {
    let texts: Vec<(&str, &str)> =
        prepared.files.iter().filter_map(|(name, bytes)| Some((name, as_text(name, bytes)?))).collect();
    let unused_texts = unused.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let screen = Screen::new(texts.iter().copied().chain(unused_texts), allow);
    let mut changed = Vec::new();
    for (name, text) in texts {
        let (kept, left_out) = screen.leave_out(name, text);
        if !left_out.is_empty() {
            prepared.left_out.extend(left_out);
            changed.push((name.to_owned(), kept));
        }
    }
    let is_harmless = |name: &str| {
        let made = names::text_of(name);
        let in_text = prepared.left_out.iter().any(|left| left.file == made);
        let unused = unused.get(name).map(|text| screen.leave_out(name, text).1.is_empty());
        unused.unwrap_or(prepared.texts.contains(&made) && !in_text)
    };
    let kept_back = chosen(&prepared.files, names::is_pdf).into_iter().filter(|name| !is_harmless(name));
    prepared.kept_back = kept_back.collect();
    for name in &prepared.kept_back {
        prepared.files.remove(name);
    }
    for (name, kept) in changed {
        prepared.files.insert(name, kept.into_bytes());
    }
}

/// Pictures and the like are no texts.
fn as_text<'a>(name: &str, bytes: &'a [u8]) -> Option<&'a str> {
    std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0') && !names::is_pdf(name))
}

/// Of two names for the same, the twin reads the first.
fn tokens(files: &Files) -> usize {
    let is_first =
        |name: &str| names::rivals(name).find(|rival| files.get(rival).is_some()).as_deref() == Some(name);
    let read = files.iter().filter(|(name, _)| is_first(name));
    RULES + read.map(|(_, bytes)| estimate(&String::from_utf8_lossy(bytes))).sum::<usize>()
}
