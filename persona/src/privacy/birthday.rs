//! Finds dates of birth: a date beside a label, or beside words about being born or growing older.

mod date;
mod words;

use std::ops::Range;
use std::sync::LazyLock;

pub(super) use date::MONTH;
use date::{DATE, LABELLED, ROUGH};
use words::{AGING, BORN, CHILDREN, FIELDS, LABELS, QUESTIONS, SIGNS, STATUS, THINGS, WITH_PLACE, WORDS};

use crate::pattern::{Pattern, pattern};

/// The earliest year in which a living person was born. Earlier dates are history.
const OLDEST: &str = "1925";
/// From this year on, a date is a birthday only if it has a label, because projects are "born" too, and `b.` can be an
/// item of a list.
const YOUNGEST: &str = "2010";

/// Days of the week that begin like months.
const WEEKDAY: &str =
    r"(?:\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|mardi|mart(?:es|ed[ìi])|marec),? )?";

/// A date after a word.
static DAY: Pattern = LazyLock::new(|| {
    pattern(&["(?i)(?:", WORDS, "|", BORN, "|", SIGNS, r")[^0-9\n;.!?]{0,48}?", WEEKDAY, "(", &DATE, ")"])
});

/// A date after a label. Those of other people can follow: `Birthdays: Kit March 19, Noor 4/8`.
static LABEL: Pattern =
    LazyLock::new(|| pattern(&["(?i)(?:", LABELS, r")\??[^0-9\n;.!?]{0,48}?", WEEKDAY, "(", &LABELLED, ")"]));
static NEXT: Pattern = LazyLock::new(|| pattern(&[r"(?i)^[^0-9\n.!?;]{1,40}?(", &LABELLED, ")"]));

/// A month or a year after a label.
static MONTH_ONLY: Pattern = LazyLock::new(|| pattern(&[r"(?i)(?:", LABELS, r")[\s:*_]{0,5}(", &ROUGH, ")"]));

/// A label on one line, and the date alone on the next.
static BELOW: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?im)(?:",
        LABELS,
        r"|(?m:^)[ \t#*|>•\-]*(?:birth|geboren|née? le|nacimiento|nascita|nascimento|naissance))[ \t:*_#|]*(?:\([^)\n]{1,30}\))?[ \t:*_#|]*\n(?:[ \t]*\n)?[ \t]*[*_>•\-]*[ \t]*(?:\p{L}+[\x22']?:[ \x22']*)?(",
        &DATE,
        r")(?:,[ \t]*\p{L}[^\n0-9]{0,30})?[ \t*_.\x22',]*$",
    ])
});

/// A place and a date, on the line of the label or the next one.
static PLACED: Pattern = LazyLock::new(|| {
    pattern(&[r"(?i)(?:", WITH_PLACE, r")[ \t:*_#|–—-]*\n?[ \t]*(?:[\p{L} .'’()\-]{1,40},? )?(", &DATE, ")"])
});

/// A field of a table, of JSON or YAML: `| Nata il | 3 maggio 1980 |`, `geb: 03.05.1980`.
static FIELD: Pattern = LazyLock::new(|| {
    pattern(&[
        r#"(?im)(?:^|[|{(,;·•])[ \t>*•\-"'_]*(?:"#,
        FIELDS,
        r#")\.?["'*_]*[ \t]*[:=|]?[ \t"'*|]*("#,
        &DATE,
        ")",
    ])
});

/// A column of a table.
static COLUMN: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?im)\|[ \t*_]*(?:",
        FIELDS,
        "|",
        LABELS,
        r")\.?[ \t*_]*(?:\|[^\n]*)?\n(?:[ \t|:\-]+\n)?[^\n]*?\|[ \t]*(",
        &DATE,
        r")[ \t]*(?:\||$)",
    ])
});

/// An age, and the date beside it: `Età: 46 anni (12 marzo 1979)`.
static AGED: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?i)(?:[0-9]{2} (?:años|anni|anos|ans|years old|jahre(?: alt)?|лет) \(|(?:\b(?:age|aged|alter|âge|edad|età|idade|возраст|classe|jahrgang|quinta|(?:year of|anno di|año de|ano de|année de) (?:birth|nascita|nacimiento|",
        r"nascimento|naissance)|geburtsjahr|год рождения)\b|年齢)[^\n0-9]{0,6}[0-9]{1,4}\b[^\n0-9]{0,24})(",
        &DATE,
        ")",
    ])
});

/// A child that arrives, or its weight: `Mis mellizas llegaron el 10 de abril de 2017`, `Martina, 12-11-2020, 3,2 kg`.
static ARRIVAL: Pattern = LazyLock::new(|| {
    pattern(&[
        "(?i)(?:",
        CHILDREN,
        r")[^\n.;!?0-9]{0,40}\b(?:arriv|lleg|cheg|k[ao]m\p{L}* am|nac[ei]|nasc|naqu|nat[oaie]\b|née?s?\b|born|geboren|zur welt|появ|родил)[^\n.;!?0-9]{0,30}?(",
        &DATE,
        r")|\b(?:arriv|lleg|cheg|k[ao]m|nac[ei]|nasc|nat[oae]\b|née?\b|born|geboren|появ|родил)[^\n.;!?0-9]{0,50}?(",
        &DATE,
        r")[^\n;!?]{0,24}\b(?:[2-4][.,][0-9]{1,3} ?(?:kg|кг)|[2-4][. ]?[0-9]{3} ?(?:g|gr|г)\b)|(?:",
        CHILDREN,
        r")[ :,]{1,3}(?-i:\p{Lu}\p{L}+) ?[:(–,] ?(",
        &DATE,
        ")",
    ])
});

/// A day and a year of the last century, in words.
static IN_WORDS: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?i)(\b\p{L}+(?:[ \-](?:y|e|et|und)[ \-]\p{L}+|-\p{L}+)? (?:of |de |di )?",
        MONTH,
        r",? (?:of |de |del )?(?:nineteen (?:hundred(?: and)? )?(?:oh[ -]\p{L}+|\p{L}+(?:ty|teen)\b(?:[ -](?:one|two|three|four|five|six|seven|eight|nine)\b)?)|",
        r"neunzehnhundert(?:und)?\p{L}+|mil novecientos \p{L}+(?: y \p{L}+)?|mil novecentos e \p{L}+(?: e \p{L}+)?|mille ?novecento ?\p{L}+|",
        r"(?:mil(?:le)?|dix)[ -]neuf[ -]cent[ -]\p{L}+(?:-\p{L}+){0,3}|тысяча девятьсот \p{L}+(?: \p{L}+(?:ого|его))?))",
    ])
});

/// A day in words after an article, with its year.
static DAY_IN_WORDS: Pattern = LazyLock::new(|| {
    pattern(&[
        "(?i)(?:",
        WORDS,
        "|",
        BORN,
        r")[^0-9\n;.!?]{0,40}?(?:\b(?:the|am|le|el|día|il|em|dia|a) |l['’])(\p{L}+(?:[ \-](?:y|e|et) \p{L}+|-\p{L}+)? (?:of |de |di )?",
        MONTH,
        r",? (?:de |del )?(?:19|20)[0-9]{2})\b",
    ])
});

/// A date, and the marital status or children behind it.
static STATED: Pattern =
    LazyLock::new(|| pattern(&["(?i)(", &DATE, r")[,·|][^\n0-9.;!?]{0,40}[,·|] ?(?:", STATUS, ")"]));

/// A word behind the date.
static BEHIND: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?im)(",
        &DATE,
        r")(?:[、,]?[^\n。0-9]{0,12}(?:生まれ|この世|誕生)|生(?:$|[\s)）、。])|[ \x{a0}]?(?:г\.? ?р\b|года? рождения)|",
        r",? (?:(?:is|ist|es|è|é|habe|habe ich|it['’]s|c['’]est|—|-) )?(?:my|mein|ich|mon|mi|il mio|meu|o meu|мой) ",
        r"(?:birthday|geburtstag|anniversaire|cumpleaños|compleanno|aniversário|день рождения)\b|",
        r"[^0-9\n.;!?]{0,48} (?:geboren|zur Welt)\b|[^0-9\n.;!?]{0,48}?(?:",
        BORN,
        r")|[,;:(]? ?(?:\p{L}+ ){0,2}(?:",
        SIGNS,
        ")|",
        r"(?: \p{L}+){0,3} geburtstag\b)",
    ])
});

/// Growing older, and the day before or after it in the same sentence.
static OLDER: Pattern = LazyLock::new(|| pattern(&["(?i)(?:", AGING, ")"]));
static UNTIL: Pattern = LazyLock::new(|| pattern(&["(?i)(", &DATE, r")[^\n.;!?。]{0,80}$"]));
static FROM: Pattern = LazyLock::new(|| {
    pattern(&[r"(?i)^(?:[^0-9\n.;!?。]{0,12}[0-9]{2}\b)?[^0-9\n.;!?。]{0,60}?(", &DATE, ")"])
});
/// How many characters beside the words are searched for the day.
const NEAR: usize = 100;

/// A question, and the answer on the next line.
static ANSWER: Pattern = LazyLock::new(|| {
    pattern(&[r"(?i)(?:", QUESTIONS, r")[^\n]{0,60}[?？。]\s*\n[^\n0-9]{0,60}?(", &DATE, ")"])
});

/// `* 3. Mai 1980` alone on a line, `b. 3 May 1980`, `Ada (n. 3 maggio 1980)`.
static SHORT: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?im)(?:^[ \t]*\* ?(",
        &DATE,
        r")(?:,? in \p{L}[\p{L} \-]{1,30}|,? in \p{L}[\p{L} \-]{1,30},[^\n0-9]{1,40})?[ \t.,]*$|(?:(?:^|[^\w.])b\. ?|(?m:^|[(|,;•·])[ \t]*(?:[nр]|nac|nasc|род)[.:] ?|\([°*] ?|\bnatural d[eao]s? [\p{L} ]{2,30}[,(] ?|\b(?:soy del?|sono del|je suis du|sou d[eo]) (?:d[íi]a |giorno |jour )?)(",
        &DATE,
        "))",
    ])
});

/// The date of birth in parentheses behind a name: `Ada Byron (London, 3 May 1980) is …`.
static BIOGRAPHY: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?im)^[ \t#*>]*(?:(?:\p{L}[\p{L}.’'\-]* ?){2,4} ?[(（](?:[\p{L} ,、'’\-]{1,30}[,、] ?)?(",
        &DATE,
        r")(?:, ?[\p{L} '’\-]{1,30})?(?: ?[-–] ?)?[)）],? ?(?:è|é|es|est|ist|is|ilustra|—|–|は)|",
        r"(?-i:(?:\p{Lu}[\p{L}.’'\-]* ){2,4})\([\p{L} '’\-]{1,30}, (",
        &DATE,
        r")\) (?:plays?|joue|spielt|toca|suona|lives?|lebt|vive|vit|mora|abita|works?|arbeitet|travaille|trabaja|lavora|trabalha|writes|schreibt|écrit|",
        r"escribe|scrive|escreve|teaches|unterrichtet|enseigne|enseña|insegna|ensina|paints|malt|peint|pinta|dipinge|makes|builds|baut|fabrique|живёт|работает|пишет)\b)",
    ])
});

/// Projects, companies and ideas, up to the end of a part of a sentence.
static THING: Pattern = LazyLock::new(|| pattern(&[r"(?i)(?:", THINGS, r")[^,;:|.!?\n。、]{0,80}$"]));

/// Children before the date.
static CHILD: Pattern = LazyLock::new(|| pattern(&["(?i)(?:", CHILDREN, r")[^,;.!?\n。]{0,60}$"]));

pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let labelled = [&*MONTH_ONLY, &*BELOW, &*PLACED, &*FIELD, &*ANSWER, &*COLUMN].into_iter();
    let labelled = labelled.flat_map(|pattern| pattern.captures_iter(text));
    let labelled = labelled.filter_map(|found| found.get(1));
    let labelled = labelled.map(|date| date.range());
    let labels = LABEL
        .captures_iter(text)
        .chain(ARRIVAL.captures_iter(text))
        .filter(|found| !found.get(0).is_some_and(|label| is_jubilee(&text[..label.start()])));
    let labels = labels
        .filter_map(|found| found.iter().skip(1).find_map(|part| part))
        .filter(|date| !follows(&THING, text, date.start()));
    let labels = labels.flat_map(|date| with_others(text, date.range()));
    let days = [&*DAY, &*AGED, &*IN_WORDS, &*DAY_IN_WORDS]
        .into_iter()
        .flat_map(|pattern| pattern.captures_iter(text));
    let days = days.filter_map(|found| {
        let date = found.get(1)?.range();
        is_of_a_person(text, &date, date.end).then_some(date)
    });
    let behind = BEHIND.captures_iter(text).filter_map(|found| {
        let (whole, date) = (found.get(0)?, found.get(1)?.range());
        is_of_a_person(text, &date, whole.end()).then_some(date)
    });
    let older = OLDER.find_iter(text).flat_map(|words| growing_older(text, words.range()));
    let short =
        SHORT.captures_iter(text).chain(BIOGRAPHY.captures_iter(text)).chain(STATED.captures_iter(text));
    let short = short.filter_map(|found| found.get(1).or_else(|| found.get(2)));
    let short = short.filter(|date| year(date.as_str()).is_some_and(|year| year < YOUNGEST));
    let all = labelled.chain(labels).chain(days).chain(behind).chain(older);
    let all = all.chain(short.map(|date| date.range()));
    all.filter(|date| year(&text[date.clone()]).is_none_or(|year| year >= OLDEST)).collect()
}

/// Returns whether the text ends with a number of years that nobody reaches: `250th` before `birthday`.
fn is_jubilee(text: &str) -> bool {
    let text = text.trim_end_matches([' ', '.', 't', 'h', 'e', 'º']);
    text.bytes().rev().take_while(u8::is_ascii_digit).count() > 2
}

/// The maximum number of dates after a label. Without a limit, a list of labels would be searched repeatedly.
const OTHERS: usize = 8;

/// Returns the date, and the days without a year that follow it on the line.
fn with_others(text: &str, date: Range<usize>) -> Vec<Range<usize>> {
    let mut all = vec![date];
    while all.len() < OTHERS
        && let Some(end) = all.last().map(|last| last.end)
        && let Some(next) = NEXT.captures(&text[end..forward(text, end, NEAR)]).and_then(|found| found.get(1))
        && year(next.as_str()).is_none()
    {
        all.push(next.start() + end..next.end() + end);
    }
    all
}

/// Returns the days without a year beside words about growing older.
fn growing_older(text: &str, words: Range<usize>) -> Vec<Range<usize>> {
    let start = back(text, words.start, NEAR);
    let before = std::iter::successors(Some(words.start..words.start), |next| {
        let found = UNTIL.captures(&text[start..next.start]).and_then(|found| found.get(1));
        found.map(|date| date.start() + start..date.end() + start)
    });
    let before = before.skip(1).take(OTHERS);
    let end = forward(text, words.end, NEAR);
    let after = FROM.captures(&text[words.end..end]).and_then(|found| found.get(1));
    let after = after.map(|date| date.start() + words.end..date.end() + words.end);
    let both = before.chain(after);
    both.filter(|date| year(&text[date.clone()]).is_none() && is_of_a_person(text, date, words.end)).collect()
}

/// Returns whether a date without a label is a person's: it is early enough, or is about a child, and no other thing
/// that is "born" is named just before it or between it and `end`.
fn is_of_a_person(text: &str, date: &Range<usize>, end: usize) -> bool {
    let is_early = year(&text[date.clone()]).is_none_or(|year| year < YOUNGEST);
    let behind = text.get(date.end..end).unwrap_or_default();
    (is_early || follows(&CHILD, text, date.start))
        && !follows(&THING, text, date.start)
        && !THING.is_match(behind)
}

/// Returns whether the characters before `at` end with the pattern.
fn follows(pattern: &Pattern, text: &str, at: usize) -> bool {
    pattern.is_match(&text[back(text, at, NEAR)..at])
}

/// Returns the position `count` characters behind `at`.
fn forward(text: &str, at: usize, count: usize) -> usize {
    text[at..].char_indices().nth(count).map_or(text.len(), |(end, _)| at + end)
}

/// Returns the position `count` characters before `at`.
fn back(text: &str, at: usize, count: usize) -> usize {
    text[..at].char_indices().rev().take(count).last().map_or(at, |(start, _)| start)
}

/// Returns the year of a date, if it has four digits.
fn year(date: &str) -> Option<&str> {
    date.split(|letter: char| !letter.is_ascii_digit()).find(|number| number.len() == 4 && *number >= "1000")
}
