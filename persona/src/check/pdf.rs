//! What people read about a PDF whose text could not be taken out, or is not used.

use super::{error, warning};
use crate::Mistake;
use crate::pdf::{Taken, Unreadable};

/// With a text of the owner's own, nothing depends on the PDF.
pub(crate) fn mistake(name: &str, taken: &Result<Taken, Unreadable>, own: Option<&str>) -> Option<Mistake> {
    let (what, hint) = match taken {
        Ok(taken) if own.is_none() => lost(&taken.lost)?,
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
            "export it from the program that wrote it, run text recognition on it (`ocrmypdf`)".to_owned(),
        ),
    };
    (what.to_owned(), format!("{hint}, {instead}"))
}

fn unused(name: &str, own: &str) -> Mistake {
    let what = format!("the twin reads your `{own}` instead of this PDF");
    warning(name, None, what, format!("remove `{own}` if the PDF is newer"))
}

fn lost(pages: &[u32]) -> Option<(String, String)> {
    let pages: Vec<String> = pages.iter().map(ToString::to_string).collect();
    let word = if pages.len() == 1 { "page" } else { "pages" };
    let what = format!("{word} {} could not be read; the rest was", pages.join(", "));
    (!pages.is_empty()).then(|| (what, "export it as a PDF again".to_owned()))
}
