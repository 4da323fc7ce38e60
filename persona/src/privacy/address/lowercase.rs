//! Streets in lowercase. They only count before a postcode or a town, because ordinary words look the same.

use std::ops::Range;
use std::sync::LazyLock;

use crate::pattern::{Pattern, pattern};

const WORD: &str = r"\p{L}[\p{L}\p{M}.'’\-]*";
const HOUSE: &str = r"[0-9]{1,4} ?(?:[a-z]\b)?(?:[/\-–][0-9]{1,4}[a-z]?)?\b";
const POSTCODE: &str = r"[ \t]*[,;·|\n]?[ \t]*\n?[ \t]*(?:[a-z]{1,2}-)?(?:[0-9]{5}(?:-[0-9]{3})?|[0-9]{4}-[0-9]{3}|[0-9]{2}-[0-9]{3}|[0-9]{3} [0-9]{2}|[0-9]{4}(?: ?[a-z]{2}\b)?)";

/// A street with a postcode, before a town that is kept.
static CONTINENTAL: Pattern = LazyLock::new(|| {
    let streets = [
        // The kind, the name, the number.
        &[
            r"(?:calle|c/|avenida|avda\.?|paseo|plaza|ronda|camino|carrer|rambla|passeig|plaça|rua|travessa|praça|estrada|",
            r"rodovia|alameda|rue|avenue|boulevard|chaussée|ul\.|ulica|aleja|plac) ?",
            WORD,
            "(?: ",
            WORD,
            "){0,4}?,? ",
            HOUSE,
        ][..],
        // The name that ends with the kind, the number.
        &[
            r"[\p{L}.\-]{3,}(?:stra(?:ß|ss)e|str\.|gasse|allee|chaussee|weg|platz|damm|straat|laan|gracht|steeg|gatan|vägen|",
            r"veien|vej) ",
            HOUSE,
            r"|[\p{L}\-]{3,} (?:stra(?:ß|ss)e|str\.|gasse|allee|chaussee) ",
            HOUSE,
        ],
        // The number, the kind, the name.
        &[
            r"[0-9]{1,4}(?: ?(?:bis|ter)\b)?,? (?:rue|avenue|boulevard|bd\.?|place|all[ée]e|impasse|chemin|quai|cours|route) ",
            WORD,
            "(?: ",
            WORD,
            "){0,4}?",
        ],
    ];
    let streets = streets.map(<[&str]>::concat).join("|");
    pattern(&[r"(?i)\b((?:", &streets, ")", POSTCODE, r") \p{L}{2}"])
});

/// `5 main street, Springfield`. The plural `streets` is excluded, because it follows a count.
static ENGLISH: Pattern = LazyLock::new(|| {
    pattern(&[
        r"\b([0-9]{1,5})[a-z]?,? ([a-z]+)(?: ([a-z]+))? (?:street|st|road|rd|avenue|ave|lane|boulevard|blvd|terrace|crescent)\b\.?",
        r"(?:,[ \n](?:[a-z]+ ?){0,3}?,? ?((?i:[a-z]{1,2}[0-9][0-9a-z]? ?[0-9][a-z]{2}|[a-z]{2},? [0-9]{5}(?:-[0-9]{4})?)\b)|(,)[ \n]\p{Lu}\p{L}+)",
    ])
});
/// A street alone in its part of a line, or after a word about a home. No town has to follow.
static APART: Pattern = LazyLock::new(|| {
    // `via` and its like are only streets with an article.
    let kinds = r"(?:(?:calle|c/|avenida|avda\.?|paseo|camino|rua|travessa|praceta|largo|rue|avenue|boulevard|impasse|chemin)|(?:via|viale|piazza|vicolo) (?:dei|degli|delle|della|dello|del))";
    let names = [" ", WORD, "(?: ", WORD, "){0,4}?"].concat();
    let numbers = r"[0-9]{1,3}[a-z]?";
    pattern(&[
        r"(?im)(?:(?:^|[|·•:(]|\b(?:flat|apt\.?|unit) [0-9a-z]{1,4},)[ \t]*|\b(?:live[sd]?|living|home|based|resid\p{L}+|address|wohn\p{L}*|habite|viv[oe]|mor[oa]|abit[oa]|domicil\p{L}*)[^\n0-9]{0,20} )",
        "(",
        kinds,
        &names,
        r",? (?:n[°ºo.]{1,2} ?)?",
        numbers,
        "|",
        numbers,
        r",? (?:rue|avenue|boulevard|impasse|chemin|allée|place)",
        &names,
        "|",
        numbers,
        &names,
        r" (?:street|st|road|rd|avenue|ave|lane|boulevard|blvd|terrace|crescent|court|close|drive|gardens|cres|way|place|parade)|",
        r"[\p{L}.\-]{3,}(?:stra(?:ß|ss)e|str\.|gasse|allee|weg|(?:er|n|s)ring|damm|ufer|halde) ",
        numbers,
        r")[ \t]*(?:[,|·•)\n]|$)",
    ])
});

/// Words before `street` that are not part of a street name.
const NOT_A_NAME: [&str; 34] = [
    "a",
    "an",
    "and",
    "block",
    "blocks",
    "busy",
    "by",
    "day",
    "days",
    "down",
    "each",
    "every",
    "from",
    "in",
    "km",
    "lane",
    "mile",
    "miles",
    "minute",
    "minutes",
    "my",
    "of",
    "off",
    "on",
    "our",
    "people",
    "per",
    "the",
    "this",
    "to",
    "up",
    "way",
    "years",
    "different",
];

pub(super) fn find(text: &str) -> impl Iterator<Item = Range<usize>> {
    let continental = CONTINENTAL.captures_iter(text).filter_map(|found| Some(found.get(1)?.range()));
    let apart = APART.captures_iter(text).filter_map(|found| {
        let is_name = |street: &str| !street.split_whitespace().any(|word| NOT_A_NAME.contains(&word));
        found.get(1).filter(|street| is_name(street.as_str())).map(|street| street.range())
    });
    continental.chain(apart).chain(ENGLISH.captures_iter(text).filter_map(|found| {
        let number = found.get(1)?;
        let is_year = super::parts::is_year(number.as_str());
        let is_name = [2, 3]
            .iter()
            .all(|part| found.get(*part).is_none_or(|word| !NOT_A_NAME.contains(&word.as_str())));
        let end = found.get(4).map(|code| code.end()).or(found.get(5).map(|comma| comma.start()))?;
        (is_name && !is_year).then(|| number.start()..end)
    }))
}
