//! Italian streets: `via Roma 12, 00184 Roma`. `via` is also an ordinary word, so a postcode or a town must follow.

use std::ops::Range;
use std::sync::LazyLock;

use crate::pattern::{Pattern, pattern};

/// A street with its number, an optional postcode and an optional town.
static STREET: Pattern = LazyLock::new(|| {
    pattern(&[
        r"\b((?i:(via)|corso|largo|strada|viale|piazza|piazzale|vicolo|contrada|località|frazione|borgo|salita|fondamenta|piazzetta|rione|scalinata|vico|calata|lungarno|lungotevere|lungomare|traversa|(c\.so|p\.zza|p\.za|p\.le|v\.le|l\.go|v\.lo|fraz\.|loc\.|c\.da))",
        r"(?: \p{L}[\p{L}\p{M}.'’\-]*){1,5}?,? (?:n[.°º] ?)?[0-9]{1,4}(?:/?[a-z]\b|[ /]?[A-Z]\b|[\-–][0-9]{1,4}\b)?)",
        r"(?:,? (?i:scala|sc\.|interno|int\.|piano) ?[0-9A-Za-z]{1,3}\b){0,2}",
        r"(?:[ \t]*[,\n\-–][ \t]*((?:CH-|I-)?[0-9]{4,5}(?:-[0-9]{3})?)\b)?",
        r"(?:(?:[ \t]*[,\n\-–(][ \t]*|[ \t]+)(?:a )?(\p{L}+))?",
    ])
});

/// The largest towns, and those in Switzerland. English names are missing on purpose: `via Terminal 3, Milan`.
const TOWNS: [&str; 54] = [
    "ancona",
    "arezzo",
    "bari",
    "bellinzona",
    "bergamo",
    "bologna",
    "bolzano",
    "brescia",
    "cagliari",
    "catania",
    "cesena",
    "como",
    "cremona",
    "ferrara",
    "firenze",
    "foggia",
    "genova",
    "latina",
    "lecce",
    "livorno",
    "locarno",
    "lucca",
    "lugano",
    "messina",
    "milano",
    "modena",
    "monza",
    "napoli",
    "novara",
    "padova",
    "palermo",
    "parma",
    "pavia",
    "perugia",
    "pescara",
    "piacenza",
    "pisa",
    "prato",
    "ravenna",
    "reggio",
    "rimini",
    "roma",
    "salerno",
    "sassari",
    "siena",
    "siracusa",
    "torino",
    "trento",
    "trieste",
    "udine",
    "varese",
    "venezia",
    "verona",
    "vicenza",
];

/// Kinds that are no other words in capitals, unlike `Corso`.
const KINDS: [&str; 20] = [
    "Via",
    "Viale",
    "Piazza",
    "Piazzale",
    "Piazzetta",
    "Vicolo",
    "Vico",
    "Contrada",
    "Salita",
    "Borgo",
    "Lungarno",
    "Fondamenta",
    "Rione",
    "Scalinata",
    "Calata",
    "Strada",
    "lungarno",
    "vicolo",
    "contrada",
    "fondamenta",
];
const ARTICLES: [&str; 14] = [
    "dei", "degli", "delle", "della", "dello", "del", "di", "al", "ai", "alla", "alle", "San", "Santa",
    "Sant'",
];

pub(super) fn find(text: &str) -> impl Iterator<Item = Range<usize>> {
    STREET.captures_iter(text).filter_map(|found| {
        let street = found.get(1)?;
        if is_certain(street.as_str(), &text[street.end()..]) {
            let end = found.get(4).map_or(street.end(), |code| code.end());
            return Some(street.start()..end);
        }
        // An abbreviation has no other meaning.
        if found.get(3).is_some() && found.get(4).is_none() {
            return Some(street.range());
        }
        let town = found.get(5).map_or("", |town| town.as_str());
        let is_town = TOWNS.contains(&town.to_lowercase().as_str());
        let Some(code) = found.get(4) else {
            // Only `via`: other kinds are also ordinary words, as `corso`, a course.
            return (is_town && found.get(2).is_some()).then(|| street.range());
        };
        let is_year = super::parts::is_year(code.as_str());
        let is_last = text[code.end()..].trim_start_matches([' ', '\t', '\n']).is_empty();
        let is_name = town.starts_with(char::is_uppercase) || is_last && code.len() == 5;
        let is_capital = street.as_str().starts_with(char::is_uppercase);
        (is_town || is_capital || is_name && !is_year).then(|| street.start()..code.end())
    })
}

/// Returns whether it is a street also without a town: in capitals with an article, or with a whole name at the end of its part of
/// the line.
fn is_certain(street: &str, after: &str) -> bool {
    let mut words = street.split_whitespace();
    let kind = words.next().unwrap_or_default();
    if !KINDS.contains(&kind)
        || street.ends_with(|letter: char| letter.is_ascii_digit()) && ends_in_year(street)
    {
        return false;
    }
    let name: Vec<&str> = words.take_while(|word| !word.starts_with(|c: char| c.is_ascii_digit())).collect();
    let has_article = name.first().is_some_and(|word| ARTICLES.contains(word) || word.contains(['\'', '’']));
    let is_name = name.len() > 1 && name.iter().all(|word| word.starts_with(char::is_uppercase));
    let ends = after.is_empty() || after.starts_with([',', '\n', '|', ')', ';', '.']);
    let is_road = name.first().is_some_and(|word| ["Statale", "Provinciale", "Regionale"].contains(word));
    let is_plain = ["Rione", "Vicolo", "Contrada", "Fondamenta", "Piazzetta"].contains(&kind);
    !is_road
        && name.iter().any(|word| word.starts_with(char::is_uppercase))
        && (has_article || (is_name || is_plain) && ends)
}

fn ends_in_year(street: &str) -> bool {
    street.rsplit(' ').next().is_some_and(super::parts::is_year)
}
