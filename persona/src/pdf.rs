//! The text of a PDF, and why there is none.

mod clean;
mod loops;
mod quiet;
mod widths;

use pdf_extract::{Document, PlainTextOutput, output_doc_page};

/// What keeps a PDF from being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    NotAPdf,
    Encrypted,
    Damaged,
    /// Pictures of text, as a scanner makes them.
    Scanned,
}

/// What could be taken out of a PDF.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) text: String,
    /// Pages that were too damaged, from 1.
    pub(crate) lost: Vec<u32>,
}

/// Fewer letters than this on all pages together are a stamp or a page number.
const LETTERS: usize = 20;

/// Never panics, whatever the bytes are, and prints nothing.
pub(crate) fn read(bytes: &[u8]) -> Result<Taken, Unreadable> {
    if !bytes.windows(5).take(1024).any(|start| start == b"%PDF-") {
        return Err(Unreadable::NotAPdf);
    }
    let document = quiet::call(|| open(bytes)).unwrap_or(Err(Unreadable::Damaged))?;
    let numbers: Vec<u32> = quiet::call(|| document.get_pages().into_keys().collect()).unwrap_or_default();
    let mut pages = Vec::new();
    let mut lost = Vec::new();
    for number in numbers {
        match quiet::call(|| page(&document, number)).flatten() {
            Some(text) => pages.push(text),
            None => lost.push(number),
        }
    }
    let text = clean::pages(&pages);
    if text.chars().filter(|letter| letter.is_alphabetic()).count() >= LETTERS {
        return Ok(Taken { text, lost });
    }
    Err(if lost.is_empty() && !pages.is_empty() { Unreadable::Scanned } else { Unreadable::Damaged })
}

/// Many PDFs are encrypted with an empty password, only to forbid printing.
fn open(bytes: &[u8]) -> Result<Document, Unreadable> {
    let mut document = Document::load_mem(bytes).map_err(|_| Unreadable::Damaged)?;
    if document.is_encrypted() {
        document.decrypt("").map_err(|_| Unreadable::Encrypted)?;
    }
    if loops::any(&document) {
        return Err(Unreadable::Damaged);
    }
    widths::spell_out(&mut document);
    Ok(document)
}

fn page(document: &Document, number: u32) -> Option<String> {
    let mut text = String::new();
    output_doc_page(document, &mut PlainTextOutput::new(&mut text), number).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests;
