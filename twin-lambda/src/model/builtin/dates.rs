//! Dates and periods in lines of notes.

use std::ops::Range;

use super::words;

/// A date or period in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) range: Range<usize>,
    pub(super) start: u16,
    pub(super) end: Option<u16>,
    /// Whether it is a period and not a single date.
    pub(super) is_period: bool,
    pub(super) is_current: bool,
}

/// Words for a period that has not ended. Accents are folded.
const OPEN: &str = "present today now current currently ongoing heute jetzt aktuell laufend aujourd hui actuel actuellement \
    actualidad actual actualmente presente hoy oggi attuale atualmente atual hoje data";
const OPEN_TEXTS: [&str; 4] = ["現在", "今", "الان", "الحاضر"];
/// Words before the start date of a period that has not ended.
pub(super) const SINCE: &str = "since seit depuis desde dal ab from da منذ";
const BETWEEN: &str = "to until till bis a au al ate hasta jusqu fino jusque through and from von de الى";
/// The months' names, which notes shorten to three letters or more. Accents are folded.
const MONTHS: &str = "january february march april may june july august september october november december \
    januar februar marz maerz mai juni juli oktober dezember janvier fevrier mars avril juin juillet aout septembre octobre \
    novembre decembre enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre \
    gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre janeiro fevereiro marco maio junho julho setembro \
    outubro novembro dezembro";

/// A part of a line: a run of letters or digits, or a year.
struct Part<'t> {
    text: &'t str,
    range: Range<usize>,
    year: Option<u16>,
}

/// Returns the first date or period of a line.
pub(super) fn find(line: &str) -> Option<Span> {
    let folded: Vec<(Range<usize>, String)> =
        parts(line).into_iter().map(|part| (part.range, words::fold(part.text))).collect();
    let parts: Vec<Part<'_>> =
        folded.iter().map(|(range, text)| Part { text, range: range.clone(), year: year(text) }).collect();
    let first = parts.iter().position(|part| part.year.is_some())?;
    let (mut begin, mut end) = (first, first);
    let is_close = |a: &Part<'_>, b: &Part<'_>| line[a.range.end..b.range.start].chars().count() <= 3;
    while begin > 0 && is_close(&parts[begin - 1], &parts[begin]) && is_date_part(parts[begin - 1].text) {
        begin -= 1;
    }
    // Romance languages say "March of 2017".
    if begin == first
        && begin >= 2
        && matches!(parts[begin - 1].text, "de" | "del" | "of")
        && is_month(parts[begin - 2].text)
    {
        begin -= 2;
    }
    let mut last_year = None;
    let mut is_current = false;
    while let Some(part) = parts.get(end + 1) {
        let is_open = words::is_in(OPEN, part.text) || OPEN_TEXTS.contains(&part.text);
        let belongs =
            part.year.is_some() || is_open || is_date_part(part.text) || words::is_in(BETWEEN, part.text);
        let gap = &line[parts[end].range.end..part.range.start];
        let is_complete = is_current || last_year.is_some();
        let continues = is_suffix(part.text)
            || matches!(gap, "" | "-" | "/" | ".") && part.year.is_none()
            || matches!(gap, "'" | "’") && is_open;
        if !belongs || !is_close(&parts[end], part) || is_complete && !continues {
            break;
        }
        end += 1;
        is_current |= is_open;
        last_year = last_year.or(part.year);
    }
    // The month and the day of a numeric date belong to it.
    let is_attached =
        |end: usize| matches!(&line[parts[end - 1].range.end..parts[end].range.start], "-" | "/" | ".");
    while end > first
        && parts[end].year.is_none()
        && !is_current
        && !is_suffix(parts[end].text)
        && !is_attached(end)
    {
        end -= 1;
    }
    let start = parts[first].year?;
    let is_since = begin > 0 && words::is_in(SINCE, parts[begin - 1].text) && last_year.is_none();
    let rest = line[parts[end].range.end..].trim_start();
    let is_unfinished =
        last_year.is_none() && rest.starts_with(['–', '-', '—', '~', '〜']) && rest.chars().count() <= 2;
    let start_of_range = if is_since { begin - 1 } else { begin };
    Some(Span {
        range: parts[start_of_range].range.start..parts[end].range.end,
        start,
        end: last_year,
        is_period: last_year.is_some() || is_current || is_since || is_unfinished,
        is_current: is_current || is_since || is_unfinished,
    })
}

fn parts(line: &str) -> Vec<Part<'_>> {
    let mut parts: Vec<Part<'_>> = Vec::new();
    let mut start = 0;
    let kind = |letter: char| match letter {
        letter if letter.is_numeric() => 1,
        '年' | '月' | '日' => 2,
        letter if words::is_cjk(letter) => 3,
        letter if letter.is_alphabetic() || ('\u{300}'..'\u{370}').contains(&letter) => 4,
        _ => 0,
    };
    let letters: Vec<(usize, char)> = line.char_indices().collect();
    for run in letters.chunk_by(|a, b| kind(a.1) == kind(b.1)) {
        let end = start + run.iter().map(|(_, letter)| letter.len_utf8()).sum::<usize>();
        if kind(run[0].1) != 0 {
            parts.push(Part { text: &line[start..end], range: start..end, year: None });
        }
        start = end;
    }
    parts
}

fn year(text: &str) -> Option<u16> {
    let year = text.parse().ok().filter(|_| text.len() == 4)?;
    (1930..=2099).contains(&year).then_some(year)
}

fn is_date_part(text: &str) -> bool {
    let is_number = text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_month(text) || is_number || is_suffix(text)
}

pub(super) fn is_month(text: &str) -> bool {
    text.len() >= 3 && MONTHS.split(' ').any(|month| month.starts_with(text))
}

/// Days of the week, by their beginnings.
const DAYS: &str = "monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag \
    samstag sonntag lundi mercredi jeudi vendredi samedi dimanche lunes martes miercoles jueves viernes \
    sabado domingo terca quinta sexta lunedi martedi mercoledi giovedi venerdi sabato domenica";
const SEASONS: &str =
    "spring summer autumn winter fruhjahr sommer herbst printemps otono verano primavera autunno";

/// Returns whether a text names a day of the week.
pub(super) fn names_day(text: &str) -> bool {
    let folded = words::fold(text);
    words::split(&folded).iter().any(|word| words::starts_with_any(DAYS, word.text))
}

/// Returns whether a folded word is a day of the week, a month, a season or a time of day.
pub(super) fn is_time(word: &str) -> bool {
    let is_month = word.len() >= 4 && words::is_in(MONTHS, word);
    is_clock(word) || is_month || words::starts_with_any(DAYS, word) || words::starts_with_any(SEASONS, word)
}

/// Returns whether a folded word belongs to a time of day, as in "9am" and "14 Uhr".
pub(super) fn is_clock(word: &str) -> bool {
    let is_number = word.starts_with(|letter: char| letter.is_ascii_digit());
    word == "uhr" || is_number && (word.ends_with("am") || word.ends_with("pm") || word.ends_with('h'))
}

fn is_suffix(text: &str) -> bool {
    matches!(text, "年" | "月" | "日")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_found_in_many_forms() {
        let cases = [
            ("Engineer, Acme (March 2019 – Present)", "March 2019 – Present", (2019, None), true),
            ("01/2015 - 12/2018 Lehrer", "01/2015 - 12/2018", (2015, Some(2018)), false),
            ("seit 2020: Leiterin", "seit 2020", (2020, None), true),
            ("de 2012 à 2016, cheffe de projet", "2012 à 2016", (2012, Some(2016)), false),
            ("2019年4月〜現在 株式会社", "2019年4月〜現在", (2019, None), true),
            ("March 2019 - Present (7 years)", "March 2019 - Present", (2019, None), true),
            ("2015-03-01 – 2018-04-30 Teacher", "2015-03-01 – 2018-04-30", (2015, Some(2018)), false),
            ("MSc, 2012", "2012", (2012, None), false),
            ("desde septiembre de 2019", "desde septiembre de 2019", (2019, None), true),
            ("Cocina marinera, 2019", "2019", (2019, None), false),
            ("2016 - aujourd'hui", "2016 - aujourd'hui", (2016, None), true),
            ("Marzo de 2017 – hoy", "Marzo de 2017 – hoy", (2017, None), true),
        ];
        for (line, text, years, is_current) in cases {
            let span = find(line).unwrap();
            let (start, end) = years;
            assert_eq!((span.start, span.end, span.is_current), (start, end, is_current), "{line}");
            let found = &line[span.range.clone()];
            assert_eq!(found, text, "{line}");
        }
        assert_eq!(find("I led 20 people"), None);
    }
}
