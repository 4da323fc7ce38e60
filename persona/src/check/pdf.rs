//! What people read about a PDF whose text could not be taken out, or is not used.

use super::{error, warning};
use crate::Mistake;
use crate::pdf::{Taken, Unreadable};

const RECOGNITION: &str = "run text recognition on it (`ocrmypdf`)";

/// With a text of the owner's own, nothing depends on the PDF.
pub(crate) fn mistake(name: &str, taken: &Result<Taken, Unreadable>, own: Option<&str>) -> Option<Mistake> {
    let (what, hint) = match taken {
        Ok(taken) if own.is_none() => lost(taken, name)?,
        Ok(_) => return own.map(|own| unused(name, own)),
        Err(unreadable) => why(*unreadable, name),
    };
    let is_needed = own.is_none() && taken.is_err();
    Some(if is_needed { error(name, None, what, hint) } else { warning(name, None, what, hint) })
}

fn why(unreadable: Unreadable, name: &str) -> (String, String) {
    let instead = format!("or write its text to `{name}.txt`");
    let (what, hint) = match unreadable {
        Unreadable::NotAPdf => ("this is not a PDF", "export it as a PDF again".to_owned()),
        Unreadable::Encrypted => (
            "it is locked with a password, so its text cannot be read",
            "save it without a password".to_owned(),
        ),
        Unreadable::Damaged => {
            ("its text cannot be read: the PDF is damaged or unusual", "export it as a PDF again".to_owned())
        }
        Unreadable::Scanned => (
            "there is no text in this PDF, only pictures of it, as a scanner makes them",
            format!("export it from the program that wrote it, {RECOGNITION}"),
        ),
        Unreadable::NoText => (
            "there is no text in this PDF: it is blank, or its letters are drawn as lines",
            format!("export it from the program that wrote it, {RECOGNITION}"),
        ),
    };
    (what.to_owned(), format!("{hint}, {instead}"))
}

fn unused(name: &str, own: &str) -> Mistake {
    let what = format!("the twin reads your `{own}` instead of this PDF");
    warning(name, None, what, format!("remove `{own}` if the PDF is newer"))
}

fn lost(taken: &Taken, name: &str) -> Option<(String, String)> {
    if !taken.lost.is_empty() {
        let what = format!("{} could not be read; the rest was", pages(&taken.lost));
        return Some((what, "export it as a PDF again".to_owned()));
    }
    let what =
        format!("{}: only pictures, whose text nobody reads; the rest was read", pages(&taken.pictures));
    let hint = format!("if they say something, {RECOGNITION}, or write all of it to `{name}.txt`");
    (!taken.pictures.is_empty()).then_some((what, hint))
}

fn pages(numbers: &[u32]) -> String {
    let word = if numbers.len() == 1 { "page" } else { "pages" };
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    format!("{word} {}", numbers.join(", "))
}
