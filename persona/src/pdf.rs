//! The text of a PDF.

mod clean;
mod cycles;
mod images;
mod lines;
mod panics;
mod widths;

use pdf_extract::{Document, ObjectId, output_doc_page};

/// The reason for which a PDF has no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    NotAPdf,
    Encrypted,
    Damaged,
    /// It contains only images.
    Scanned,
    /// It is blank, or its letters are drawn as lines.
    NoText,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PdfText {
    pub(crate) text: String,
    /// The numbers of damaged pages, from 1.
    pub(crate) unreadable_pages: Vec<u32>,
    /// The numbers of pages with images and hardly any text.
    pub(crate) image_pages: Vec<u32>,
}

/// A page with images and fewer letters than this is an image page; the letters are a stamp or a page number.
const MIN_LETTERS: usize = 20;

/// Extracts the text of a PDF. Never panics and prints nothing, whatever the bytes are.
pub(crate) fn read(bytes: &[u8]) -> Result<PdfText, Unreadable> {
    if !bytes.windows(5).take(1024).any(|start| start == b"%PDF-") {
        return Err(Unreadable::NotAPdf);
    }
    let document = panics::catch(|| open(bytes)).unwrap_or(Err(Unreadable::Damaged))?;
    let numbers = panics::catch(|| document.get_pages()).unwrap_or_default();
    let mut pages = Vec::new();
    let (mut unreadable_pages, mut image_pages) = (Vec::new(), Vec::new());
    for (number, id) in numbers {
        match panics::catch(|| page(&document, number, id)).flatten() {
            Some(Page { text, has_image }) => {
                if has_image && letters(&text) < MIN_LETTERS {
                    image_pages.push(number);
                }
                pages.push(text);
            }
            None => unreadable_pages.push(number),
        }
    }
    let text = clean::pages(&pages);
    let least = if image_pages.is_empty() { 1 } else { MIN_LETTERS };
    if letters(&text) >= least {
        return Ok(PdfText { text, unreadable_pages, image_pages });
    }
    Err(match () {
        () if pages.is_empty() || !unreadable_pages.is_empty() => Unreadable::Damaged,
        () if image_pages.is_empty() => Unreadable::NoText,
        () => Unreadable::Scanned,
    })
}

fn letters(text: &str) -> usize {
    text.chars().filter(|letter| letter.is_alphabetic()).count()
}

/// Loads a PDF. Many are encrypted with an empty password, only to forbid printing.
fn open(bytes: &[u8]) -> Result<Document, Unreadable> {
    let mut document = Document::load_mem(bytes).map_err(|_| Unreadable::Damaged)?;
    if document.is_encrypted() {
        document.decrypt("").map_err(|_| Unreadable::Encrypted)?;
    }
    if cycles::contains_cycle(&document) {
        return Err(Unreadable::Damaged);
    }
    widths::expand_ranges(&mut document);
    Ok(document)
}

struct Page {
    text: String,
    has_image: bool,
}

fn page(document: &Document, number: u32, id: ObjectId) -> Option<Page> {
    let mut lines = lines::Lines::default();
    output_doc_page(document, &mut lines, number).ok()?;
    Some(Page { text: lines.text, has_image: images::has_image(document, id) })
}

#[cfg(test)]
mod tests;
