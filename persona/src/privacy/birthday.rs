//! Finds dates of birth: a date after a label.

use std::ops::Range;
use std::sync::LazyLock;

use crate::pattern::{Pattern, pattern};

/// Labels after which a date of any precision is a birthday.
const LABELS: &str = r"date of birth|birth ?dates?|birthdays?|\bb-?days?\b|\bd\.?o\.?b\b\.?|geburtsdatum|geburtstag|geb\.-?(?:datum|tag)|date de naissance|fecha de nacimiento|cumpleaños|mi cumple\b|cumpl\p{L}+ (?:[0-9]+ )?años|\bcumplo [0-9]+|compi\p{L}+ gli anni|\bI(?:['’]m|['’]ll| am| will)? turn(?:ed|ing)? [0-9]{2}\b|(?:meu )?aniversário|fa[çz]\p{L}+ anos|mon anniversaire|anniversaire ?:|\bd\.?[dn]\.?n?\.?(?: ?:)|(?:naissance|nascimento|nacimiento|nascita|\bnasc\.|\bnac\.)[^\n:0-9]{0,12}:|data de nascimento|data di nascita|compleanno|geboortedatum|verjaardag|fødselsdato|fødselsdag|födelsedatum|födelsedag|data urodzenia|urodziny|datum narození|(?:дата|день|число|месяц) рожд(?:ения|\.)|\bд\. ?р\.|\bf\.? ?n\.?(?: ?:)|誕生日|生年月日|出生日期|생년월일";
/// Words after which a full date is a birthday. A year alone is part of a story.
const WORDS: &str = r"\bborn|\bgeboren|\bgeb\.|\bnée?\b|\bnacid[oa]|\bnací|\bnascid[oa]|\bnasci|(?-i:\b[Nn]at[oa](?:/[ao])?\b)|\bfødt|\bfödd|\burodzon[ya]|\bur\.|\bnarozen[aý]?|\bродил(?:ся|ась)|[\p{L})],? \(?\*";

/// Labels of date and place, in any order.
const WITH_PLACE: &str = r"(?:date and place|place and date) of birth|geburtsort und -datum|geburtsdatum und -ort|(?:date et lieu|lieu et date) de naissance|(?:lugar y fecha|fecha y lugar) de nacimiento|(?:luogo e data|data e luogo) di nascita|(?:local e data|data e local) de nascimento|(?:дата и место|место и дата) рождения";

const MONTH: &str = r"(?:jan|feb|fev|fév|mar|mär|mrt|apr|avr|abr|may|mai|maj|mei|mag|jun|juin|giu|cze|jul|juil|lug|lip|aug|aoû|ago|sie|sep|set|wrz|oct|okt|out|ott|paź|nov|lis|dec|dez|déc|dic|des|gru|gen|ene|jän|sty|lut|kwi|янв|фев|мар|апр|мая|май|июн|июл|авг|сен|окт|ноя|дек)\p{L}*\.?";

/// A day, with or without a year.
static DATE: LazyLock<String> = LazyLock::new(|| {
    [
        r"(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}\b",
        r"|[0-9]{1,2} ?[./-] ?[0-9]{1,2} ?[./-] ?(?:[0-9]{4}|[0-9]{2})\b",
        r"|[0-9]{1,2}\. ?[0-9]{1,2}\.",
        r"|[0-9]{1,2}(?:st|nd|rd|th|er|º|ª|°|\.|-го)?[ \-./]?(?:of |de |d['’]|del )?",
        MONTH,
        r"(?:,? (?:de |del )?[0-9]{4}\b|[\-./][0-9]{2,4}\b)?",
        r"|",
        MONTH,
        r" [0-9]{1,2}(?:st|nd|rd|th)?\b(?:,? [0-9]{4}\b)?",
        r"|[0-9]{4},? ",
        MONTH,
        r" [0-9]{1,2}(?:st|nd|rd|th)?\b",
        r"|(?:昭和|平成|令和|\b[SHR])\.? ?(?:[0-9]{1,2}|元)[年./][0-9]{1,2}[月./][0-9]{1,2}日?",
        r"|[0-9]{1,2}月 ?[0-9]{1,2}日",
        r"|[0-9]{4}年 ?[0-9]{1,2}月 ?[0-9]{1,2}日?|[0-9]{4}년 ?[0-9]{1,2}월 ?[0-9]{1,2}일?)",
    ]
    .concat()
});

/// A date after a label or a word. From 2010 on, a word tells of a project that was born.
static DAY: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?i)(?:(",
        LABELS,
        ")|",
        WORDS,
        r")[^0-9\n;.!?]{0,48}?(?:\b(?:mon|tues|wednes|thurs|fri|satur|sun)day,? )?(",
        &DATE,
        ")",
    ])
});

/// A month or a year after a label.
static ROUGH: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?i)(?:",
        LABELS,
        r")[\s:*_]{0,5}((?:",
        MONTH,
        r" )?(?:[0-9]{1,2}[./-])?(?:19|20)[0-9]{2}\b)",
    ])
});

/// A label on one line, and the date alone on the next.
static BELOW: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?im)(?:",
        LABELS,
        r")[ \t:*_#|]*\n(?:[ \t]*\n)?[ \t]*[*_>•\-]*[ \t]*(",
        &DATE,
        r")(?:,[ \t]*\p{L}[^\n0-9]{0,30})?[ \t*_.]*$",
    ])
});

/// A place and a date, on the line of the label or the next one.
static PLACED: Pattern = LazyLock::new(|| {
    pattern(&[r"(?i)(?:", WITH_PLACE, r")[ \t:*_#|]*\n?[ \t]*(?:[\p{L} .'’()\-]{1,40},? )?(", &DATE, ")"])
});

/// A word behind the date.
static BEHIND: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?im)(",
        &DATE,
        r")(?:[、,]?[^\n。0-9]{0,12}生まれ|生(?:$|[\s)）、。])|[ \x{a0}]?(?:г\.? ?р\b|года? рождения)|",
        r",? (?:(?:is|ist|es|è|é|habe|habe ich|it['’]s|c['’]est|—|-) )?(?:my|mein|ich|mon|mi|il mio|meu|o meu|мой) ",
        r"(?:birthday|geburtstag|anniversaire|cumpleaños|compleanno|aniversário|день рождения)\b|",
        r"[^0-9\n.;!?]{0,40} (?:geboren|zur Welt)\b|",
        r"(?: \p{L}+){0,3} geburtstag\b)",
    ])
});

/// `* 3. Mai 1980` alone on a line. From 2010 on it is assumed to be the item of a list.
static STAR: Pattern =
    LazyLock::new(|| pattern(&[r"(?im)^[ \t]*\* ?(", &DATE, r")(?:,? in \p{L}[\p{L} \-]{1,30})?[ \t.,]*$"]));

/// `b. 1815-12-10`. From 2010 on it is assumed to be the second item of a list.
static SHORT: Pattern = LazyLock::new(|| pattern(&[r"(?:^|[^\w.])b\. ?((?i:", &DATE, "))"]));

pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let dates = [&*ROUGH, &*BELOW, &*PLACED, &*BEHIND].into_iter();
    let dates = dates.flat_map(|pattern| pattern.captures_iter(text)).filter_map(|found| found.get(1));
    let days = DAY.captures_iter(text).filter_map(|found| {
        let date = found.get(2)?;
        let is_of_a_person = found.get(1).is_some() || year(date.as_str()).is_none_or(|year| year < "2010");
        is_of_a_person.then_some(date)
    });
    let short = SHORT.captures_iter(text).chain(STAR.captures_iter(text)).filter_map(|found| found.get(1));
    let short = short.filter(|date| year(date.as_str()).is_some_and(|year| year < "2010"));
    dates.chain(days).chain(short).map(|date| date.range()).collect()
}

/// Returns the year of a date, if it has four digits.
fn year(date: &str) -> Option<&str> {
    date.split(|letter: char| !letter.is_ascii_digit()).find(|number| number.len() == 4 && *number >= "1000")
}
