//! Findings about PDFs whose text could not be extracted or is not used.

use crate::finding::Finding;
use crate::pdf::{PdfText, Unreadable};

const OCR: &str = "run OCR on it (`ocrmypdf`)";

/// Returns the finding about a PDF, if any. `own` is the text file that the twin reads instead of it.
pub(crate) fn check(name: &str, read: &Result<PdfText, Unreadable>, own: Option<&str>) -> Option<Finding> {
    let (what, hint) = match read {
        Ok(text) if own.is_none() => incomplete(text, name)?,
        Ok(_) => return own.map(|own| unused(name, own)),
        Err(unreadable) => describe(*unreadable, name),
    };
    let is_needed = own.is_none() && read.is_err();
    Some(if is_needed {
        Finding::error(name, None, what, hint)
    } else {
        Finding::warning(name, None, what, hint)
    })
}

fn describe(unreadable: Unreadable, name: &str) -> (String, String) {
    let instead = format!("or write its text to `{name}.txt`");
    let (what, hint) = match unreadable {
        Unreadable::NotAPdf => ("this is not a PDF", "export it as a PDF again".to_owned()),
        Unreadable::Encrypted => {
            ("the PDF is protected with a password", "save it without a password".to_owned())
        }
        Unreadable::Damaged => (
            "the text cannot be extracted: the PDF is damaged or unusual",
            "export it as a PDF again".to_owned(),
        ),
        Unreadable::Scanned => (
            "the PDF contains only scanned images, no text",
            format!("export it from the program that created it, {OCR}"),
        ),
        Unreadable::NoText => (
            "the PDF contains no text: it is blank, or its letters are drawn as lines",
            format!("export it from the program that created it, {OCR}"),
        ),
    };
    (what.to_owned(), format!("{hint}, {instead}"))
}

fn unused(name: &str, own: &str) -> Finding {
    let what = format!("the twin reads your `{own}` instead of this PDF");
    Finding::warning(name, None, what, format!("remove `{own}` if the PDF is newer"))
}

fn incomplete(text: &PdfText, name: &str) -> Option<(String, String)> {
    if !text.unreadable_pages.is_empty() {
        let what = format!("{} could not be read; the other pages were", pages(&text.unreadable_pages));
        return Some((what, "export it as a PDF again".to_owned()));
    }
    let what = format!("only images on {}; text in images is not read", pages(&text.image_pages));
    let hint = format!("if the images contain text, {OCR}, or write all of the PDF's text to `{name}.txt`");
    (!text.image_pages.is_empty()).then_some((what, hint))
}

fn pages(numbers: &[u32]) -> String {
    let word = if numbers.len() == 1 { "page" } else { "pages" };
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    format!("{word} {}", numbers.join(", "))
}
