//! Streets of any kind before a postcode and a town, or before an English postcode.

use std::ops::Range;
use std::sync::LazyLock;

use super::parts::{COUNTED, HOUSE, NAME, is_year};
use crate::pattern::{Pattern, pattern};

/// Small words inside the names of streets.
const SMALL: &str = r"(?:de|del|de la|de los|de las|da|do|dos|das|di|della|dei|delle|des|du|der|dem|den|la|le|les|of|the|van|von|vom|zum|zur|am|an|im|in|auf|е|и)";

/// `Dorfhalde 3, 3855 Brienz`, `Q 9, 14 · 68161 Mannheim`.
static CONTINENTAL: Pattern = LazyLock::new(|| {
    pattern(&[
        r"\b(",
        NAME,
        "(?: (?:",
        NAME,
        "|",
        SMALL,
        r")){0,5},? (?:(?i:nr\.?|n[°ºo.]{1,2}|haus|hs\.) ?)?(?:[0-9]{1,2}, )?",
        HOUSE,
        r")[ \t]*(?:[,;·|–—(][ \t]*\n?|\n)[ \t]*((?:[A-Z]{1,2}-)?(?:[0-9]{5}-[0-9]{3}|[0-9]{4}-[0-9]{3}|[0-9]{2}-[0-9]{3}|[0-9]{4,6}))\b,? \p{Lu}\p{L}{2}",
    ])
});

/// `2260 Petit-Merle Sideroad, Perth ON K7H 3C6`.
static ENGLISH: Pattern = LazyLock::new(|| {
    pattern(&[
        r"\b(([0-9]{1,5})[A-Za-z]? ",
        NAME,
        "(?: (?:",
        NAME,
        "|",
        SMALL,
        r")){0,4}[ \t]*[,\n][ \t]*(?:[\p{Lu}][\p{L}.'’\-]*[ ,\t\n]{1,2}){0,4}?",
        r"(?:[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}|[A-Z]{2},? [0-9]{5}(?:-[0-9]{4})?|[A-Z]{2,3} [0-9]{4}|[A-Z][0-9][A-Z] [0-9][A-Z][0-9]))\b",
    ])
});

pub(super) fn find(text: &str) -> impl Iterator<Item = Range<usize>> {
    let continental = CONTINENTAL.captures_iter(text).filter_map(|found| {
        let (street, code) = (found.get(1)?, found.get(2)?);
        let name = street.as_str().split(|letter: char| letter.is_ascii_digit()).next().unwrap_or_default();
        let name = name.trim_end_matches([' ', ',']);
        let last = name.rsplit(' ').next().unwrap_or_default().to_lowercase();
        let is_counted = COUNTED.contains(&last.as_str());
        (!is_counted && !is_year(code.as_str())).then(|| street.start()..code.end())
    });
    let english = ENGLISH.captures_iter(text).filter_map(|found| {
        found.get(1).filter(|_| found.get(2).is_some_and(|number| !is_year(number.as_str())))
    });
    continental.chain(english.map(|street| street.range()))
}
