//! Russian streets, with an optional apartment and a postcode before or after them.

use std::sync::LazyLock;

use crate::pattern::{Pattern, pattern};

const BEFORE: &str = r"(?:\b[0-9]{6},? ?(?:(?:г\. ?)?\p{Lu}[\p{L}\-]+,? )?)?";
/// Abbreviations that only occur before a street name, even one in lowercase.
const SHORT: &str =
    r"\b(?i:ул\.|ул |вул\.|бул\.|пр-кт|пров\.|просп\.|пр\.|пр-т|пр-д|пер\.|наб\.|б-р|ш\.|мкр\.?|пл\.)";
const LONG: &str = r"(?:улиц[ае]|проспекте?|переул(?:ок|ке)|набережн(?:ая|ой)|бульваре?|шоссе|площад[ьи]|проезде?|тупике?|алле[яе]|тракт|спуск|вулиця|микрорайон|лини[яи]|квартал)";
const NAME: &str = r"\p{Lu}[\p{L}.\-]*";
/// A house number, such as `5к2`, `12с1`, or `12a` with a Latin letter.
const HOUSE: &str = r"(?:,? (?i:д\.|дом|участок|уч\.|№) ?|,? )[0-9]{1,3}(?:(?i:[а-яa-z]{1,5}\.? ?[0-9]{1,4}[а-я]?)|(?i:[а-яa-z]{1,5})| ?[А-Яа-я]\b)?(?:[/\-–](?:[0-9]{1,4}[а-я]?|[А-Яа-я]))?\b";
const FLAT: &str = r"(?:,? ?(?:корпус|корп\.|к\.|строение|стр\.) ?[0-9А-Яа-я]{1,4}\b)?(?:,? ?(?:квартира|кв\.|офис|оф\.) ?[0-9]{1,5}\b)?";
const AFTER: &str = r"(?:(?:,? ?(?:г\. ?)?\p{Lu}[\p{L}\-]+)?,? ?\b[0-9]{6}\b)?";

pub(super) static STREET: Pattern = LazyLock::new(|| {
    let short = [SHORT, r"(?: ?[0-9]{1,3})?(?: ?\p{L}[\p{L}.\-]*){1,4}?"].concat();
    let long = [r"\b(?i:", LONG, r")(?:[ -][0-9]{1,3})?(?: ", NAME, "){1,4}"].concat();
    let last = [r"\b", NAME, " (?:", LONG, r"|б-р|пр-т|пр-д|пер\.|ул\.|просп\.|наб\.|ш\.)"].concat();
    // `3-я линия`
    let numbered = [r"\b[0-9]{1,2}-[йя] (?:", LONG, ")"].concat();
    pattern(&[BEFORE, "(?:", &short, "|", &long, "|", &last, "|", &numbered, ")", HOUSE, FLAT, AFTER])
});
