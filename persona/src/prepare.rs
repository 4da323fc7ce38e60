//! Prepares data files for the upload: checks them, extracts the text of PDFs and redacts private data.

use std::collections::BTreeMap;

use contract::tokens::estimate;

use crate::{
    check,
    files::Files,
    finding::{Finding, Severity},
    names, notes,
    pdf::{self, PdfText, Unreadable},
    privacy::{Allow, Redaction, Redactor},
};

/// The tokens of the instructions that the twin adds to every prompt.
const INSTRUCTIONS: usize = 500;

/// The files to upload, and what the owner should know about them.
#[derive(Debug, Default)]
pub struct Prepared {
    pub files: Files,
    /// Sorted by file. If there is an error among them, nothing may be uploaded.
    pub findings: Vec<Finding>,
    pub redactions: Vec<Redaction>,
    /// The names of texts that were extracted from PDFs.
    pub pdf_texts: Vec<String>,
    /// The names of PDFs that are not uploaded, because their text was redacted or could not be checked.
    pub withheld: Vec<String>,
    /// An estimate of the tokens that are sent with every message.
    pub tokens: usize,
}

impl Prepared {
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

/// Prepares the files. All of them are checked, so that all errors are reported at once.
pub fn prepare(files: Files, allow: &Allow) -> Prepared {
    let mut prepared = Prepared { files, ..Prepared::default() };
    for name in names_where(&prepared.files, names::is_template) {
        prepared.files.remove(&name);
    }
    prepared.findings.extend(check::check(&prepared.files));
    notes::merge(&mut prepared.files);
    let unused = read_pdfs(&mut prepared);
    redact(&mut prepared, &unused, allow);
    prepared.tokens = tokens(&prepared.files);
    prepared.findings.sort();
    prepared.withheld.sort();
    prepared
}

/// Returns the names for which `condition` is true.
fn names_where(files: &Files, condition: fn(&str) -> bool) -> Vec<String> {
    files.iter().map(|(name, _)| name.to_owned()).filter(|name| condition(name)).collect()
}

/// Adds the texts of PDFs. Returns the unused ones by the names of their PDFs: the twin reads a text file of the owner
/// instead.
fn read_pdfs(prepared: &mut Prepared) -> BTreeMap<String, String> {
    let mut unused = BTreeMap::new();
    for name in names_where(&prepared.files, names::is_read_pdf) {
        let text_name = names::pdf_text(&name);
        let own = names::alternatives(&text_name).find(|other| prepared.files.get(other).is_some());
        let read = prepared.files.get(&name).map_or(Err(Unreadable::NotAPdf), pdf::read);
        prepared.findings.extend(check::pdf::check(&name, &read, own.as_deref()));
        match read {
            Ok(PdfText { text, .. }) if own.is_none() => {
                prepared.files.insert(&text_name, text.into_bytes());
                prepared.pdf_texts.push(text_name);
            }
            Ok(PdfText { text, .. }) => {
                unused.insert(name, text);
            }
            Err(_) => {}
        }
    }
    unused
}

/// Redacts private data from all texts. Withholds PDFs, unless nothing was redacted from their text.
fn redact(prepared: &mut Prepared, unused: &BTreeMap<String, String>, allow: &Allow) {
    let texts: Vec<(&str, &str)> =
        prepared.files.iter().filter_map(|(name, bytes)| Some((name, as_text(name, bytes)?))).collect();
    let unused_texts = unused.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let redactor = Redactor::new(texts.iter().copied().chain(unused_texts), allow);
    let mut changed = Vec::new();
    for (name, text) in texts {
        let (redacted, redactions) = redactor.redact(name, text);
        if !redactions.is_empty() {
            prepared.redactions.extend(redactions);
            changed.push((name.to_owned(), redacted));
        }
    }
    let is_harmless = |name: &str| {
        let text_name = names::pdf_text(name);
        let is_redacted = prepared.redactions.iter().any(|redaction| redaction.file == text_name);
        let unused = unused.get(name).map(|text| redactor.redact(name, text).1.is_empty());
        unused.unwrap_or(prepared.pdf_texts.contains(&text_name) && !is_redacted)
    };
    let withheld = names_where(&prepared.files, names::is_pdf).into_iter().filter(|name| !is_harmless(name));
    prepared.withheld = withheld.collect();
    for name in &prepared.withheld {
        prepared.files.remove(name);
    }
    for (name, redacted) in changed {
        prepared.files.insert(name, redacted.into_bytes());
    }
}

/// Returns the text of a file, unless it is binary.
fn as_text<'a>(name: &str, bytes: &'a [u8]) -> Option<&'a str> {
    std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0') && !names::is_pdf(name))
}

/// Estimates the tokens of the files that the twin reads: of several names for the same content, the first.
fn tokens(files: &Files) -> usize {
    let is_first = |name: &str| {
        names::alternatives(name).find(|other| files.get(other).is_some()).as_deref() == Some(name)
    };
    let read = files.iter().filter(|(name, _)| is_first(name));
    INSTRUCTIONS + read.map(|(_, bytes)| estimate(&String::from_utf8_lossy(bytes))).sum::<usize>()
}
