//! What of the owner's files goes online, and all that there is to say about it beforehand.

use crate::pdf::{self, Taken, Unreadable};
use crate::privacy::{Allow, LeftOut};
use crate::{Files, Gravity, Mistake, check, names, tokens};

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
    let _ = allow;
    let mut prepared = Prepared { files, ..Prepared::default() };
    for name in chosen(&prepared.files, names::is_template) {
        prepared.files.remove(&name);
    }
    prepared.mistakes.extend(check::names::look(&prepared.files));
    for name in chosen(&prepared.files, names::is_read_pdf) {
        read_pdf(&mut prepared, &name);
    }
    prepared.tokens = tokens(&prepared.files);
    prepared.mistakes.sort();
    prepared
}

/// Of two names for the same, the twin reads the first.
fn tokens(files: &Files) -> usize {
    let is_first =
        |name: &str| names::rivals(name).find(|rival| files.get(rival).is_some()).as_deref() == Some(name);
    let read = files.iter().filter(|(name, _)| is_first(name));
    RULES + read.map(|(_, bytes)| tokens::estimate(&String::from_utf8_lossy(bytes))).sum::<usize>()
}

fn chosen(files: &Files, wanted: fn(&str) -> bool) -> Vec<String> {
    files.iter().map(|(name, _)| name.to_owned()).filter(|name| wanted(name)).collect()
}

/// What the owner has written themselves is read instead of what is in a PDF.
fn read_pdf(prepared: &mut Prepared, name: &str) {
    let made = format!("{name}.txt");
    let own = names::rivals(&made).find(|rival| prepared.files.get(rival).is_some());
    let taken = prepared.files.get(name).map_or(Err(Unreadable::NotAPdf), pdf::read);
    prepared.mistakes.extend(check::pdf::mistake(name, &taken, own.as_deref()));
    match taken {
        Ok(Taken { text, .. }) if own.is_none() => {
            prepared.files.insert(&made, text.into_bytes());
            prepared.texts.push(made);
        }
        Ok(_) => {}
        Err(_) => {
            prepared.files.remove(name);
            prepared.kept_back.push(name.to_owned());
        }
    }
}
