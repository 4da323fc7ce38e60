//! Russian streets, with an optional apartment and a postcode before or after them.

use std::sync::LazyLock;

use crate::pattern::{Pattern, pattern};

const BEFORE: &str = r"(?:\b[0-9]{6},? ?(?:(?:г\. ?)?\p{Lu}[\p{L}\-]+,? )?)?";
/// Abbreviations that only occur before a street name, even one in lowercase.
const SHORT: &str = r"\b(?:[Уу]л\.|[Уу]л |[Вв]ул\.|[Бб]ул\.|[Пп]р-кт|[Пп]ров\.|[Пп]росп\.|[Пп]р\.|[Пп]р-т|[Пп]р-д|[Пп]ер\.|[Нн]аб\.|[Бб]-р|[Шш]\.|[Мм]кр\.)";
const LONG: &str = r"(?:улица|проспект|переулок|набережная|бульвар|шоссе|площадь|проезд|тупик|аллея|тракт|спуск|вулиця|микрорайон)";
const NAME: &str = r"\p{Lu}[\p{L}.\-]*";
/// A house number, such as `5к2`, `12с1`, or `12a` with a Latin letter.
const HOUSE: &str = r"(?:,? (?i:д\.|дом|№) ?|,? )[0-9]{1,3}(?:(?i:[а-яa-z]{1,5}\.? ?[0-9]{1,4}[а-я]?)|(?i:[а-яa-z]{1,5})| ?[А-Яа-я]\b)?(?:[/\-–](?:[0-9]{1,4}[а-я]?|[А-Яа-я]))?\b";
const FLAT: &str = r"(?:,? ?(?:корпус|корп\.|к\.|строение|стр\.) ?[0-9А-Яа-я]{1,4}\b)?(?:,? ?(?:квартира|кв\.|офис|оф\.) ?[0-9]{1,5}\b)?";
const AFTER: &str = r"(?:(?:,? ?(?:г\. ?)?\p{Lu}[\p{L}\-]+)?,? ?\b[0-9]{6}\b)?";

pub(super) static STREET: Pattern = LazyLock::new(|| {
    let short = [SHORT, r"(?: ?[0-9]{1,3})?(?: ?\p{L}[\p{L}.\-]*){1,4}?"].concat();
    let long = [r"\b(?i:", LONG, r")(?: [0-9]{1,3})?(?: ", NAME, "){1,4}"].concat();
    let last = [r"\b", NAME, " (?:", LONG, r"|б-р|пр-т|пр-д|пер\.|ул\.|просп\.|наб\.|ш\.)"].concat();
    pattern(&[BEFORE, "(?:", &short, "|", &long, "|", &last, ")", HOUSE, FLAT, AFTER])
});
