//! Finds dates of birth: a date after a label.

use std::ops::Range;
use std::sync::LazyLock;

use crate::pattern::{Pattern, pattern};

/// Labels after which a date of any precision is a birthday.
const LABELS: &str = r"date of birth|birth ?dates?|birthdays?|\bb-?days?\b|\bd\.?o\.?b\b\.?|geburtsdatum|geburtstag|date de naissance|fecha de nacimiento|cumpleaños|data de nascimento|data di nascita|compleanno|geboortedatum|verjaardag|fødselsdato|fødselsdag|födelsedatum|födelsedag|data urodzenia|urodziny|datum narození|дата рождения|день рождения|生年月日|出生日期|생년월일";
/// Words after which a full date is a birthday. A year alone is part of a story.
const WORDS: &str = r"\bborn|\bgeboren|\bgeb\.|\bnée?\b|\bnacid[oa]|\bnací|\bnascid[oa]|\bnasci|\bnat[oa] (?:il|a|in|nel|l['’])|\bfødt|\bfödd|\burodzon[ya]|\bur\.|\bnarozen[aý]?|\bродил(?:ся|ась)|[\p{L})],? \(?\*";

const MONTH: &str = r"(?:jan|feb|fev|fév|mar|mär|mrt|apr|avr|abr|may|mai|maj|mei|mag|jun|juin|giu|cze|jul|juil|lug|lip|aug|aoû|ago|sie|sep|set|wrz|oct|okt|out|ott|paź|nov|lis|dec|dez|déc|dic|des|gru|gen|ene|jän|sty|lut|kwi|янв|фев|мар|апр|мая|май|июн|июл|авг|сен|окт|ноя|дек)\p{L}*\.?";

/// A day, with or without a year.
static DATE: LazyLock<String> = LazyLock::new(|| {
    [
        r"(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}\b",
        r"|[0-9]{1,2}[./-] ?[0-9]{1,2}[./-] ?(?:[0-9]{4}|[0-9]{2})\b",
        r"|[0-9]{1,2}\. ?[0-9]{1,2}\.",
        r"|[0-9]{1,2}(?:st|nd|rd|th|er|º|ª|°|\.|-го)? (?:of |de |d['’]|del )?",
        MONTH,
        r"(?:,? (?:de |del )?[0-9]{4}\b)?",
        r"|",
        MONTH,
        r" [0-9]{1,2}(?:st|nd|rd|th)?\b(?:,? [0-9]{4}\b)?",
        r"|[0-9]{4},? ",
        MONTH,
        r" [0-9]{1,2}(?:st|nd|rd|th)?\b",
        r"|[0-9]{4}年 ?[0-9]{1,2}月 ?[0-9]{1,2}日?|[0-9]{4}년 ?[0-9]{1,2}월 ?[0-9]{1,2}일?)",
    ]
    .concat()
});

static DAY: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?i)(?:",
        LABELS,
        "|",
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
        r")[ \t*_.]*$",
    ])
});

/// `b. 1815-12-10`. From 2010 on it is assumed to be the second item of a list.
static SHORT: Pattern = LazyLock::new(|| pattern(&[r"(?:^|[^\w.])b\. ?((?i:", &DATE, "))"]));

pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let dates = [&*DAY, &*ROUGH, &*BELOW].into_iter().flat_map(|pattern| pattern.captures_iter(text));
    let dates = dates.filter_map(|found| found.get(1));
    let short = SHORT.captures_iter(text).filter_map(|found| found.get(1));
    dates.chain(short.filter(|date| is_before_2010(date.as_str()))).map(|date| date.range()).collect()
}

fn is_before_2010(date: &str) -> bool {
    let mut numbers = date.split(|letter: char| !letter.is_ascii_digit());
    numbers.any(|number| number.len() == 4 && ("1000".."2010").contains(&number))
}
