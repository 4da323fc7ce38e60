//! Titles, roads and counts that look like streets.

use std::ops::Range;
use std::sync::LazyLock;

use super::parts::is_year;
use crate::pattern::{Pattern, pattern};
use crate::privacy::birthday::MONTH;

/// Roads between towns.
static ROADS: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?i)^(?:strada (?:statale|provinciale|regionale)|carretera nacional|estrada nacional|route nationale),? [0-9]+$",
    ])
});

/// Places and races with a year, which has the form of a house number: `Route du Rhum 2018`, `Monte da Lua 2020`.
static YEARS: Pattern = LazyLock::new(|| {
    pattern(&[r"(?i)^(?:route d[eu]s?|(?:ramal|canada|casal|monte) d[aeo]s?) [^0-9,]*,? ?[0-9]{4}$"])
});

/// A unit or a month after a number, which is then not a house number.
static COUNTS: Pattern = LazyLock::new(|| {
    pattern(&[
        r"^ (?:de )?(?:",
        // Names of towns begin like months: `Marseille`.
        MONTH,
        r"|(?:January|February|March|April|May|June|July|August|September|October|November|December|Januar|Februar|März|Mai|Juni|Juli|Oktober|Dezember)\b|(?i:month|monat|mois|mes(?:es|i)?|years?|jahr|ans|años|anni|anos|days?|tage?|jours?|días|dias|giorni|people|personen|personnes|personas|persone|pessoas|km|m²|quil[óo]metros|kil[óo]metros|etapas|miles|meilen|cap[íi]tulos|episodios|minut(?:es|en|os|i))(?:\P{L}|$))",
    ])
});

/// Returns whether the text is not the street of a home.
pub(super) fn is_other(text: &str, found: &Range<usize>) -> bool {
    let is_road = [&*ROADS, &*YEARS].iter().any(|roads| roads.is_match(&text[found.clone()]));
    is_title(text, found) || COUNTS.is_match(&text[found.end..]) || is_road
}

/// How many characters before a street are searched for the quote in which a title begins.
const TITLE: usize = 30;

/// Returns whether a street ends a text in quotes or has a year in it, as the title of a film or a building does. An address with a postcode is none.
fn is_title(text: &str, found: &Range<usize>) -> bool {
    let has_postcode =
        text[found.clone()].split(|letter: char| !letter.is_ascii_digit()).any(|part| part.len() > 4);
    let mut before = text[..found.start].chars().rev().take(TITLE).take_while(|letter| *letter != '\n');
    let after = text[found.end..].trim_start_matches([' ', '.', ',', '!', '?', '\u{a0}']);
    let ends_in_year = || text[found.clone()].rsplit(' ').next().is_some_and(is_year);
    let ends = after.starts_with(|letter: char| "\"“”„«»‹›「」『』'’‘".contains(letter));
    !has_postcode && (ends || ends_in_year()) && before.any(|letter| "\"“”„«»‹›「」『』'‘".contains(letter))
}

/// A work whose name follows: `my favorite novel is 84, Charing Cross Road`.
const WORKS: [&str; 11] =
    ["read", "film", "movie", "novel", "book", "show", "musical", "series", "album", "song", "watched"];
/// Words before an address.
const BEFORE_ADDRESS: [&str; 6] = ["at", "in", "on", "to", "from", "near"];

/// Returns whether the text before an address names a work, such as a film, and does not end with a word that
/// introduces an address.
pub(super) fn tells_of_a_work(before: &str) -> bool {
    let is_end = |word: &&str| word.ends_with([',', '.', ';', ':', '|', '(']);
    let words = before.rsplit(char::is_whitespace).take(5).take_while(|word| !is_end(word));
    let mut words = words.peekable();
    !words.peek().is_some_and(|last| BEFORE_ADDRESS.contains(last)) && words.any(|word| WORKS.contains(&word))
}
