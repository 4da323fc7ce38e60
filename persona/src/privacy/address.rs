//! Finds street addresses: streets with a house number, in the formats of many countries.

mod italian;
mod japanese;
mod labelled;
mod lookalikes;
mod lowercase;
mod parts;
mod prose;
mod russian;
mod spanish;
mod town;

use std::ops::Range;
use std::sync::LazyLock;

use lookalikes::{is_other, tells_of_a_work};
use parts::{COUNTED, HOUSE, NAME, is_year};

use crate::pattern::{Pattern, pattern};

/// Separators between a street and its town.
const GAP: &str = r"[ \t]*[,;·|]?[ \t]*\n?[ \t]*";
/// A postcode in the formats of continental Europe and Brazil.
const POSTCODE: &str = r"(?:[A-Z]{1,2}-)?(?:[0-9]{5}(?:-[0-9]{3})?|[0-9]{4}-[0-9]{3}|[0-9]{2}-[0-9]{3}|[0-9]{3} [0-9]{2}|[0-9]{4}(?: ?[A-Z]{2}\b)?)\b";

/// `221B Baker Street`, up to a postcode that follows.
static ENGLISH: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?:(?:\p{Lu}[\p{L}'’]+ ){1,2}(?:Cottage|House|Lodge|Farm|Barn|Hall|Villa|Manor|Grange|Hatch|Court), )?",
        r"(?:(?:Flat|Apt\.?|Apartment|Unit|Suite) [0-9A-Z]{1,5},? )?",
        r"\b([0-9]{1,5}[A-Za-z]?(?:[\-–/][0-9]{1,4}[A-Za-z]?)?),? ",
        r"(?:(?:[NSEW]|NE|NW|SE|SW|North|South|East|West)\.? )?",
        r"(?:(?:(?:[\p{Lu}][\p{L}.'’\-]*|[0-9]{1,3}(?:st|nd|rd|th)|of|the) ){1,4}?",
        r"((?i:street|st|road|rd|avenue|ave|boulevard|blvd|lane|ln|terrace|ter|yard|crescent|highway|hwy|parkway|pkwy|mews|",
        r"drive|dr|way|place|pl|court|ct|close|row|walk|hill|circle|cir|square|sq|gardens|grove|quay|wharf|alley|",
        r"sideroad|parade|rise|cres|esplanade|trail|loop|path|view|park|green|vale|croft|meadows|crossing|heights|",
        r"gdns|brae|bank|draw|wynd|ridge|knoll|hollow|glen|creek|cove|chase|copse|garth|plaza|villas|cottages)(?: (?i:street|st|road|rd|lane|ln|ave|avenue|close|court|ct|place|way|drive|dr|terrace|gardens))?)\b\.?",
        r"|(Broadway)\b)",
        r"(?: (?:NW|NE|SW|SE|North|South|East|West|[NSEW])\b\.?)?",
        r"(?:,? (?i:apt|apartment|suite|ste|unit|flat|floor|#)\.? ?#?[0-9A-Za-z]{1,5}\b)?",
        r"((?:[ \t]*[,\n][ \t]*|[ \t]+)(?:[\p{Lu}][\p{L}.'’\-]*[ ,\t\n]{1,2}){0,4}?",
        r"(?:[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}|(?:[A-Z]{2},? )?[0-9]{5}(?:-[0-9]{4})?",
        r"|[A-Z]{2,3} [0-9]{4}|[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9])\b)?",
    ])
});
/// Kinds of streets that have other meanings too: `3 Google Drive integrations`.
const VAGUE: [&str; 48] = [
    "drive", "dr", "way", "place", "pl", "court", "ct", "close", "row", "walk", "hill", "circle", "cir",
    "square", "sq", "gardens", "grove", "st", "alley", "parade", "rise", "trail", "loop", "path", "view",
    "park", "green", "vale", "croft", "meadows", "crossing", "heights", "ter", "yard", "bank", "draw",
    "wynd", "ridge", "knoll", "hollow", "glen", "creek", "cove", "chase", "copse", "garth", "plaza",
    "villas",
];
/// Words after a street that make it the name of a company: `5 Main Street Capital funds`.
const COMPANY: [&str; 16] = [
    "Capital", "Partners", "Bank", "Journal", "Ventures", "Holdings", "Group", "Inc", "LLC", "Ltd", "Media",
    "Labs", "Fund", "Funds", "Press", "Studios",
];

/// The name ends with the kind: `Musterstraße 12, 10115 Berlin`, `Kerkstraat 5`, `Drottninggatan 4`.
static SUFFIXED: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?:\p{Lu}[\p{L}.\-]* ){0,2}",
        r"\b(?:\p{Lu}[\p{L}.\-]*(?i:stra(?:ß|ss)e|str\.|gasse|allee|chaussee|straat|laan|gracht|plein|singel|steeg|",
        r"gatan|vägen|veien|katu|vej)|(?:\p{Lu}[\p{L}.\-]* )(?:Straße|Strasse|Str\.|Allee|Gasse|Chaussee))[ \x{a0}](?:Nr\.? ?)?",
        HOUSE,
        r"\b(?:",
        GAP,
        POSTCODE,
        r")?",
    ])
});

/// Streets with an article: `Straße des 17. Juni 135`.
static WITH_ARTICLE: Pattern = LazyLock::new(|| {
    pattern(&[
        r"\b(?:Straße|Strasse|Str\.|Platz|Allee|Ufer) (?:der|des|am|an der|im) (?:[\p{Lu}0-9][\p{L}0-9.\-]* ){1,3}?[0-9]{1,3} ?[a-z]?\b",
    ])
});

/// Compounds before a number that ends the sentence or a part of it.
static INLINE: Pattern = LazyLock::new(|| {
    pattern(&[
        r"\b((?:\p{Lu}[\p{L}.\-]* ){0,1}\p{Lu}\p{L}{2,}(?i:weg|steig|stieg|pfad|damm|ufer|platz|(?:er|n|s)ring|halde|gasse|busch) (?:Nr\.? ?)?[0-9]{1,3} ?[a-z]?\b)(?:,|\.(?:\s|$)|[ \t]*[|·•)\n–—]|[ \t]*$| in \p{Lu})",
    ])
});
/// The beginnings of compounds that are not streets.
const NOT_STREETS: [&str; 22] = [
    "Arbeits", "Aus", "Bildungs", "Camping", "Heim", "Listen", "Lern", "Park", "Rad", "Rechts", "Rück",
    "Schul", "See", "Sitz", "Spiel", "Start", "Stell", "Studien", "Tabellen", "Um", "Unter", "Welt",
];

/// Names before a number that are no streets: `Am Samstag 14`, `Zum Level 3`.
const NOT_NAMES: [&str; 17] = [
    "Montag",
    "Dienstag",
    "Mittwoch",
    "Donnerstag",
    "Freitag",
    "Samstag",
    "Sonnabend",
    "Sonntag",
    "Januar",
    "Februar",
    "April",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
    "Level",
];

/// Streets whose kind is also an ordinary word. They are only found before a postcode and a town.
static WEAK: Pattern = LazyLock::new(|| {
    pattern(&[
        r"((?:(?:\p{Lu}[\p{L}.\-]* ){0,2}\p{Lu}[\p{L}.\-]*(?i:weg|platz|ring|damm|ufer|markt|hof|berg|graben|steig|pfad|tor|",
        r"feld|park|allee|kade|dijk|dreef|baan|gade|gata|vei|veg|allé|torg|plads)|",
        r"(?:\p{Lu}[\p{L}.\-]* ){1,3}(?:gate|gata|vei|väg|vej|gade|allé)|",
        r"(?:Am|An|Im|In|Auf|Zum|Zur|Unter|Bei|Hinter|Vor)(?: (?:der|dem|den|de|het))?(?: ",
        NAME,
        r"){1,3}) ",
        HOUSE,
        r"(?:[ \t]*,[ \t]*\n?|[ \t]*\n)[ \t]*",
        POSTCODE,
        r") \p{Lu}\p{L}+",
    ])
});

/// Streets that are found without a town: less ambiguous kinds alone on a line or between bars, and any street before a Dutch postcode
/// whose digits cannot be a year.
static ALONE: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?m)(?:^|[|·•])[ \t]*((?:\p{Lu}[\p{L}.\-]* ){0,2}\p{Lu}[\p{L}.\-]*(?i:weg|platz|damm|ufer|graben|steig|pfad|kade|dijk|dreef) ",
        HOUSE,
        r"|(?:Am|An de[rn]|Auf de[mr]|Zum|Zur|Unter den|Hinter de[mr]|Vor de[mr]) (?:\p{Lu}[\p{L}\-]{4,} ){1,2}[0-9]{1,3}[a-z]?)[ \t]*(?:[|·•,]|$)|\b((?:",
        NAME,
        r" ){1,3}",
        HOUSE,
        r",? \n?(?:1[0-8]|2[1-9]|[3-9][0-9])[0-9]{2} ?[A-Z]{2}\b)",
    ])
});

/// `12 rue de la Paix, 75002 Paris`.
static FRENCH: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?:(?i:résidence|immeuble|hameau|villa|lieu-dit|lieudit)(?: (?:de la |des |du |les )?\p{Lu}[\p{L}’'\-]*){1,3}, )?",
        r"\b[0-9]{1,4}(?: ?(?:bis|ter|quater|[A-D]\b)|[–-][0-9]{1,4})?,? ",
        r"(?i:rue|r\.|rond-p(?:oin)?t|avenue|av\.|boulevard|bd\.?|blvd\.?|place|all[ée]e|impasse|chemin|quai|cours|passage|square|route|",
        r"av|clos|hameau|parvis|chem\.|lot\.|faubourg|ruelle|sentier|esplanade|villa|ch\.|imp\.|rte|pl\.|sq\.|boul\.|cité|promenade|montée|venelle|traverse|côte|rang|lotissement|résidence)",
        r"(?: (?:de la |de l['’]|du |des |de |d['’]|la |le |les |l['’])|(?: ))",
        r"(?:(?:de la |de l['’]|du |des |de |d['’]|la |le |les |l['’])?(?:\p{Lu}|[0-9]{1,2}(?:er)?[ \-]\p{L})[\p{L}\p{M}0-9.'’\-]*)",
        r"(?: (?:(?:de la |de l['’]|du |des |de |d['’]|et )?\p{Lu}[\p{L}\p{M}.'’\-]*)){0,4}(?:",
        GAP,
        POSTCODE,
        r")?",
    ])
});

/// The kind comes first and the number last: `Calle de Alcalá 45, 28014 Madrid`, `Rue de la Loi 16`, `ul. Długa 5/7`.
static PREFIXED: Pattern = LazyLock::new(|| {
    pattern(&[
        r"\b(?i:calle|c/|cl\.|avenida|avda\.?|av\.|p(?:la)?za\.|ctra\.|carretera|glorieta|cuesta|travesía|jirón|jr\.|pasaje|pje\.|calzada|bulevar|",
        r"cerrada|privada|priv\.|callejón|retorno|andador|prolongación|prol\.|ronda|rda\.|camino|paseo|plaza|carrer|rambla|passeig|plaça|",
        r"rua|travessa|tra?v\.|tv\.|(?-i:Av) |lugar d[aeo]s?|praça|pça?\.|estrada|rodovia|rod\.|alameda|azinhaga|bairro|viela|caminho|servidão|rotunda|pátio|ladeira|beco|praceta|calçada|largo|lg\.|al\.|estr\.|lad\.|calç\.|pct\.|av\.ª|pç\.ta|lgo\.|(?:ramal|canada|casal|monte) d[aeo]s?|vereda|quelha|congosta|escadinhas|rampa|passeio|páteo|",
        r"viale|piazza|vicolo|strada|rue|avenue|boulevard|chaussée|place|chemin|ch\.|allée|quai|impasse|sentier|route d[eu]s?|ul\.|pl\.|os\.|ulic[ae]|plac|alej[ae])[ ]?",
        r"(?:(?:de la|de los|de las|de|del|da|do|dos|das|di|della|dei|dell['’]|des|du|la|el|d['’]|dr\.) ?)?(?:[0-9]{1,2} de )?",
        NAME,
        r"(?: (?:(?:de la|de|del|da|do|dos|das|di|della|e|i|y|des|du) )?",
        NAME,
        r"){0,4}(?:,? \(?(?:casa )?(?i:n[º°o]\.?|núm\.?|nro\.?|n\.º) ?|,? ?#|, (?:au|al|ao|no) |,? )",
        HOUSE,
        r"\b(?:, ?[0-9]{1,2}[ºª°][ .]?[A-Za-z0-9]{0,4}\b)?(?:",
        GAP,
        POSTCODE,
        r")?",
    ])
});

/// Japanese postcodes and Chinese house numbers, which have characters of their own.
static EASTERN: Pattern = LazyLock::new(|| {
    pattern(&[
        r"〒 ?[0-9]{3}-[0-9]{4}[^\n,;]{0,60}|[\p{Lo}0-9]{2,20}(?:路|街|道|巷|大街)[0-9]{1,5}号[\p{Lo}0-9]{0,12}",
    ])
});

pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let mut all = streets(text);
    // Lines of prose end anywhere. The text keeps its length, so the places are the same.
    let joined = joined(text);
    if joined != text {
        all.extend(streets(&joined).into_iter().filter(|found| text[found.clone()] != joined[found.clone()]));
    }
    all.retain(|found| !is_other(text, found));
    all.extend(labelled::find(text));
    all
}

/// Replaces line breaks within sentences with spaces. Lines of lists and addresses are shorter, or do not end with a
/// letter.
fn joined(text: &str) -> String {
    const WORDS: usize = 4;
    let mut joined = String::with_capacity(text.len());
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let words = line.strip_suffix('\n').filter(|words| {
            words.ends_with(|end: char| end.is_alphabetic() || end == ',') && words.split(' ').count() > WORDS
        });
        match words.filter(|_| lines.peek().is_some_and(|next| next.starts_with(char::is_alphabetic))) {
            Some(words) => joined.extend([words, " "]),
            None => joined.push_str(line),
        }
    }
    joined
}

fn streets(text: &str) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = english(text).chain(indian(text)).chain(italian::find(text)).collect();
    all.extend(lowercase::find(text).chain(town::find(text)).chain(prose::find(text)));
    all.extend(RURAL.find_iter(text).map(|found| found.range()));
    for plain in [
        &*SUFFIXED,
        &*WITH_ARTICLE,
        &*FRENCH,
        &*PREFIXED,
        &*spanish::WITHOUT_NAME,
        &*EASTERN,
        &*japanese::STREET,
        &*russian::STREET,
    ] {
        all.extend(plain.find_iter(text).map(|found| trimmed(text, found.range())));
    }
    let is_street = |found: &Range<usize>| {
        let name =
            text[found.clone()].split_whitespace().rev().find(|word| word.len() > 4).unwrap_or_default();
        !NOT_NAMES.contains(&name) && !NOT_STREETS.iter().any(|other| name.starts_with(other))
    };
    for part in [&*WEAK, &*ALONE, &*INLINE] {
        let parts = part.captures_iter(text).filter_map(|found| found.get(1).or_else(|| found.get(2)));
        all.extend(parts.map(|part| part.range()).filter(is_street));
    }
    all
}

/// `RR 2, 48135 Concession Line 7`, `4410 County Road 12`.
static RURAL: Pattern = LazyLock::new(|| {
    pattern(&[
        r"\b(?:RR ?#?[0-9]{1,3},? )?[0-9]{3,6} (?:\p{Lu}\p{L}+ )?(?:Concession(?: Line| Road)?|Sideroad|Line|Highway|Hwy|Route|County Road|Range Road|",
        r"Township Road|State Road|FM) [0-9]{1,4}\b|\b[0-9]{1,4}(?: bis| ter)?,? Grande?[ -][Rr]ue\b",
    ])
});

/// `No. 47, 3rd Cross, Lotus Layout`.
static INDIAN: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?:\b(?:(?:H\. ?|House |Door |Plot |Flat )?No\.? ?|Plot |Flat )|#)[0-9]{1,4}[A-Z]?(?:[/\-][0-9A-Z]{1,4}){0,2}",
        r"(?:,? (?:[0-9]{1,2}(?:st|nd|rd|th) )?(?:\p{Lu}[\p{L}.]* ){0,3}?",
        r"(?:Cross|Main|Layout|Nagar|Colony|Sector(?: [0-9]{1,3})?|Phase(?: [0-9])?|Enclave|Vihar|Extension|Marg|Puram|Road|Street)\b){1,4}",
        // `House 27, Road 14, Block F`
        r"|\b(?:House|Flat|Plot|Villa|Holding) ?#?[0-9]{1,4}[A-Z]?(?:,? (?:Road|Street|Lane|Block|Sector|Phase|Avenue|Ward) ?(?:No\.? ?)?(?:[0-9]{1,3}[A-Z]?|[A-Z])\b){1,3}",
    ])
});

fn indian(text: &str) -> impl Iterator<Item = Range<usize>> {
    INDIAN.find_iter(text).map(|found| found.range())
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let found = &text[range.clone()];
    range.start..range.start + found.trim_end().len()
}

fn english(text: &str) -> impl Iterator<Item = Range<usize>> {
    ENGLISH.captures_iter(text).filter_map(|found| {
        let whole = found.get(0)?;
        let number = found.get(1)?.as_str();
        let kind = found.get(2).or_else(|| found.get(3))?.as_str().to_lowercase();
        let has_postcode = found.get(4).is_some();
        let after = &text[whole.end()..];
        let ends = after.is_empty()
            || after.starts_with([',', '.', '\n', ')', ';', '|', '"'])
            || after.trim_start().starts_with(['–', '—', '·', '|', '(']);
        let before = text[..whole.start()].trim_end();
        let word = before.rsplit(char::is_whitespace).next().unwrap_or_default().to_lowercase();
        let is_decimal =
            before.ends_with([',', '.']) && word.starts_with(|digit: char| digit.is_ascii_digit());
        let is_decimal = is_decimal && before.len() == whole.start();
        if is_decimal || COUNTED.contains(&word.as_str()) || !has_postcode && tells_of_a_work(before) {
            return None;
        }
        let next =
            after.trim_start().split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
        let is_short = whole.as_str().ends_with("St.");
        let sure = has_postcode
            || !is_year(number)
                && !COMPANY.contains(&next)
                && (ends || is_short || !VAGUE.contains(&kind.as_str()) && kind != "broadway");
        sure.then(|| trimmed(text, whole.range()))
    })
}
