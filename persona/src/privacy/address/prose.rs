//! Streets of any kind in sentences about a home, and streets after their number.

use std::ops::Range;
use std::sync::LazyLock;

use super::parts::{COUNTED, NAME, is_year};
use crate::pattern::{Pattern, pattern};

/// Words about living somewhere, parcels, and the bell at the door.
static HOME: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?i)\b(?:live|lives|living|resid(?:e|es|ing)|parcels?|packages?|(?:my|our|new) (?:home|house|flat|door|place)|the door|moved|we['’]re|",
        r"wohn(?:e|en|t|haft)|leb(?:e|en|t)|p[äa]ckchen|pakete?|klingel[nt]?|daheim|zu ?hause|elternhaus|gezogen|",
        r"habit(?:e|ons|ent|ant)|loge|colis|sonnez|chez moi|",
        r"viv(?:o|e|imos|en|iamo)|resid(?:o|e|imos)|alquil[oa]|paquetes?|mi casa|mandar|",
        r"abit(?:o|a|iamo|ano)|affitto|pacc(?:o|hi)|suonate|casa mia|",
        r"mor(?:o|a|amos)|encomendas?|entreg\p{L}+|deix(?:ar|em|a|e)|mandar?|bata|minha casa|",
        r"жив(?:у|ём|ем|ёт|ет)|прожива(?:ю|ем|ет)|снима(?:ю|ем)|посылк[аиу]|звоните|заходите)\b",
    ])
});

/// `an hinterm zwinger 9,`, up to the end of a part of the sentence.
static STREET: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?i)^[^0-9\n.!?]{0,50}\b(?:at|on|to|in|an|am|im|auf|der|den|dem|die|au|à|sur|en|la|el|al|los|las|nel(?:la)?|na|no|em|pra|para|на|в|по|ул)",
        r"\s((?:\p{L}[\p{L}\p{M}.'’\-]*,?\s){1,5}?(?:(?:nr\.?|n[°ºo.]{1,2}|№|д\.|дом) ?)?([0-9]{1,4}) ?[a-zа-я]?(?:[/\-–](?:[0-9]{1,4}[a-z]?|[a-z]))?)\b(?:[,;:)(\n]|\.(?:\s|$)|[ \t]*$|[ \t]+[–—])",
    ])
});
/// `6 st brendans close`, `8 allee des pipistrelles`, `rua das carnaubas 58`: the kind of street is known.
static KNOWN: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?i)^[^0-9\n.!?]{0,50}[\s:(]([0-9]{1,4}[a-z]?,? (?:\p{L}[\p{L}'’\-]* ){1,3}(?:street|st|road|rd|lane|ln|avenue|ave|drive|dr|close|terrace|crescent|cres|court|gardens|gdns|mews|way|place)\b|",
        r"(?-i:[0-9]{1,4}[a-z]?,? (?:\p{Lu}[\p{L}'’\-]* ){1,3}(?:Draw|Brae|Bank|Hill|Row|Walk|Rise|View|Green|Wynd|Park|Ridge|Hollow|Glen|Square|Grove)\b)|",
        r"[0-9]{1,4}(?: ?bis| ?ter)?,? (?:rue|r\.|avenue|av\.|boulevard|bd|impasse|imp\.|chemin|ch\.|all[ée]e|place|pl\.|quai|route)(?: \p{L}[\p{L}'’\-]*){1,4}?[,;)\n]|",
        r"(?:calle|c/|avda\.?|av\.|pza\.|plaza|camino|rua|r\.|travessa|tv\.|alameda|praça|via|v\.le|viale|piazza|p\.za|vicolo|piazzetta|ул\.?|улица)(?: \p{L}[\p{L}'’\-]*){1,4}?,? [0-9]{1,4}[a-z]?\b)",
    ])
});
/// How many characters after the word are searched for a street.
const NEAR: usize = 100;
/// Words before a number that counts something.
const NOT_A_NAME: [&str; 24] = [
    "mit", "with", "con", "avec", "com", "с", "seit", "since", "desde", "depuis", "da", "há", "für", "for",
    "para", "fast", "nur", "and", "und", "y", "et", "e", "и", "von",
];

/// The number first: `45 de la rue Trappe-Souris`, `number 46, Heronsgate Parade`.
static REVERSED: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?i:\b(?:number|numero|n[úu]mero|num[ée]ro|nº|n°|дом|nr\.?) )?\b[0-9]{1,3}[a-zа-я]?,? (?:(?i:de la|de|du|des|di|del|della|da|do|по) (?i:rue|avenue|boulevard|impasse|chemin|quai|calle|avenida|paseo|",
        r"via|viale|piazza|vicolo|corso|rua|travessa|avenida|улице|проспекту|переулку|бульвару)|(?i:ter,?|bis,?) (?:rue|quai)) (?:(?i:de la|de l['’]|de|du|des|d['’]|del|dei|delle|degli|della|di|da|do|dos|das|la|le|los|las) ?){0,2}",
        NAME,
        "(?: ",
        NAME,
        r"){0,4}|\b[Nn]umber [0-9]{1,4}[a-z]?,? ",
        NAME,
        "(?: ",
        NAME,
        r"){0,3} (?:Street|Road|Lane|Avenue|Parade|Row|Terrace|Close|Way|Drive|Crescent|Place|Court|Gardens|Square|Hill)\b",
    ])
});

pub(super) fn find(text: &str) -> impl Iterator<Item = Range<usize>> {
    let homes = HOME.find_iter(text).filter_map(|word| {
        let start = word.end();
        let end = text[start..].char_indices().nth(NEAR).map_or(text.len(), |(at, _)| start + at);
        if let Some(found) = KNOWN.captures(&text[start..end]).and_then(|found| found.get(1)) {
            let length = found.as_str().trim_end_matches([',', ';', ')', '\n']).len();
            return Some(start + found.start()..start + found.start() + length);
        }
        let found = STREET.captures(&text[start..end])?;
        let (street, number) = (found.get(1)?, found.get(2)?);
        let name = &text[start + street.start()..start + number.start()];
        let is_counted = |word: &str| NOT_A_NAME.contains(&word) || COUNTED.contains(&word);
        let is_name =
            !name.split_whitespace().next_back().is_some_and(|word| is_counted(&word.to_lowercase()));
        (is_name && !is_year(number.as_str())).then(|| start + street.start()..start + street.end())
    });
    homes.chain(REVERSED.find_iter(text).map(|found| found.range()))
}
