//! The text of a PDF, and why there is none.

mod clean;
mod loops;
mod pictures;
mod quiet;
mod widths;

use pdf_extract::{Document, ObjectId, PlainTextOutput, output_doc_page};

/// What keeps a PDF from being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    NotAPdf,
    Encrypted,
    Damaged,
    /// Pictures of text, as a scanner makes them.
    Scanned,
    /// Blank, or letters that are drawn as lines.
    NoText,
}

/// What could be taken out of a PDF.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) text: String,
    /// Pages that were too damaged, from 1.
    pub(crate) lost: Vec<u32>,
    /// Pages that have pictures and hardly a letter.
    pub(crate) pictures: Vec<u32>,
}

/// Fewer letters than this beside a picture are a stamp or the number of a page.
const LETTERS: usize = 20;

/// Never panics, whatever the bytes are, and prints nothing.
pub(crate) fn read(bytes: &[u8]) -> Result<Taken, Unreadable> {
    if !bytes.windows(5).take(1024).any(|start| start == b"%PDF-") {
        return Err(Unreadable::NotAPdf);
    }
    let document = quiet::call(|| open(bytes)).unwrap_or(Err(Unreadable::Damaged))?;
    let numbers = quiet::call(|| document.get_pages()).unwrap_or_default();
    let mut pages = Vec::new();
    let mut lost = Vec::new();
    let mut pictures = Vec::new();
    for (number, id) in numbers {
        match quiet::call(|| page(&document, number, id)).flatten() {
            Some(Page { text, has_picture }) => {
                if has_picture && letters(&text) < LETTERS {
                    pictures.push(number);
                }
                pages.push(text);
            }
            None => lost.push(number),
        }
    }
    let text = clean::pages(&pages);
    let least = if pictures.is_empty() { 1 } else { LETTERS };
    if letters(&text) >= least {
        return Ok(Taken { text, lost, pictures });
    }
    Err(match () {
        () if pages.is_empty() || !lost.is_empty() => Unreadable::Damaged,
        () if pictures.is_empty() => Unreadable::NoText,
        () => Unreadable::Scanned,
    })
}

fn letters(text: &str) -> usize {
    text.chars().filter(|letter| letter.is_alphabetic()).count()
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

struct Page {
    text: String,
    has_picture: bool,
}

fn page(document: &Document, number: u32, id: ObjectId) -> Option<Page> {
    let mut text = String::new();
    output_doc_page(document, &mut PlainTextOutput::new(&mut text), number).ok()?;
    Some(Page { text, has_picture: pictures::any(document, id) })
}

#[cfg(test)]
mod tests;
