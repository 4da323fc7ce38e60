//! Finds phone numbers, as they are written in many countries, but not other numbers that look similar.

mod labels;

use std::ops::Range;
use std::sync::LazyLock;

use crate::pattern::{Pattern, pattern};

/// Groups of digits. The groups and the text around them decide whether they are a phone number.
static DIGITS: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?:\(?0 ?[xX]{2} ?|\+ ?)?\(?[0-9]+(?:(?: ?\(0\) ?| [\-–/] |[ \x{a0}\x{2009}\x{202f}.・\-/\x{2010}-\x{2015}\x{2212}]|\) ?[-/]? ?|[ \-]?\()[0-9]+){0,8}",
    ])
});

/// An extension after a phone number.
static EXTENSION: Pattern =
    LazyLock::new(|| pattern(&[r"(?i)^,?\s?(?:ext\.?|extension|x|durchwahl|dw|poste|int\.)\s?[0-9]{1,5}\b"]));

/// National formats without a prefix: the possible first digits, and the lengths of the groups.
const SHAPES: [(&str, &[usize]); 20] = [
    ("23456789", &[3, 3, 4]),
    ("178", &[1, 3, 3, 4]),
    ("679", &[3, 2, 2, 2]),
    ("679", &[3, 3, 3]),
    ("289", &[2, 3, 2, 2]),
    ("3", &[2, 1, 2, 2, 2, 2]),
    ("3", &[2, 3, 3, 2, 2]),
    ("5", &[2, 2, 4, 4]),
    ("5", &[2, 2, 5, 4]),
    ("9", &[2, 5, 5]),
    ("9", &[1, 4, 4]),
    ("3489", &[3, 3, 2, 2]),
    ("6789", &[5, 5]),
    ("1", &[3, 4, 4]),
    ("123456789", &[2, 4, 4]),
    ("123456789", &[2, 5, 4]),
    ("8", &[4, 3, 3]),
    ("8", &[2, 2, 3, 2, 2]),
    ("1", &[4, 3, 3]),
    ("23456789", &[4, 2, 2, 2]),
];

/// National numbers in any groups, as with their beginnings and lengths nothing else is written: mobile numbers of Italy,
/// Portugal, Spain and Brazil, and all of Russia.
static NATIONAL: Pattern = LazyLock::new(|| {
    pattern(&[
        r"^(?:(?:39 ?)?3[2-9][0-9](?: ?[0-9]){7}(?: [0-9])?|9[1236](?: ?[0-9]){7}|6(?: ?[0-9]){8}|[1-9][1-9] ?9(?: ?[0-9]){8}",
        r"|[78] ?9(?: ?[0-9]){9}|[78] [348](?: ?[0-9]){9})$",
    ])
});

/// International numbers without a plus: their beginnings and lengths.
const WITHOUT_PLUS: [(&str, usize); 3] = [("55", 13), ("919", 12), ("351", 12)];

/// How many characters before a number are searched for a label.
const NEAR: usize = 40;
/// How many characters before a number are searched for a number of the same form with another label.
const SIBLING: usize = 80;
/// A number with fewer digits needs its label before it: `120 (home)`.
const FEWEST_BEFORE_LABEL: usize = 7;

/// A number with fewer digits in one group needs its label right before it: `call the bank about 250000`.
const FEWEST_AFTER_CALL: usize = 9;
/// The fewest digits in three groups: `00-12-34`.
const FEWEST_IN_PAIRS: usize = 6;

/// A number that touches a shorter word is a part of a code.
const FEWEST_LETTERS: usize = 3;

pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    DIGITS.find_iter(text).flat_map(|run| in_run(text, run.range())).collect()
}

/// Finds the number in a run of digit groups, or two numbers with ` / `, ` - ` or ` – ` between them.
fn in_run(text: &str, run: Range<usize>) -> Vec<Range<usize>> {
    if let Some(range) = number(text, run.clone()) {
        return vec![range];
    }
    let cut = [" / ", " - ", " – "]
        .iter()
        .find_map(|gap| text[run.clone()].find(gap).map(|at| (run.start + at, gap.len())));
    cut.map_or_else(Vec::new, |(at, gap)| {
        let mut both = in_run(text, run.start..at);
        both.extend(in_run(text, at + gap..run.end));
        both
    })
}

fn number(text: &str, run: Range<usize>) -> Option<Range<usize>> {
    let (before, after) = (&text[..run.start], &text[run.end..]);
    let near = end_of_line(before, NEAR);
    let written = &text[run.clone()];
    let digits = written.bytes().filter(u8::is_ascii_digit).count();
    let is_before = || {
        let may_be = digits >= FEWEST_BEFORE_LABEL && !is_thousands(written) && !labels::OTHER.is_match(near);
        may_be && labels::BEHIND.is_match(after)
    };
    let is_called = || {
        let may_be = digits >= FEWEST_AFTER_CALL || digits >= FEWEST_BEFORE_LABEL && written.contains('-');
        may_be && labels::CALL.is_match(near) && !labels::OTHER.is_match(near)
    };
    let labelled = labels::BEFORE.is_match(near) || is_called() || is_before();
    let is_path = before.strip_suffix('/').is_some_and(|path| path.ends_with(is_in_word));
    let is_joined =
        is_path || before.ends_with(|letter: char| is_in_word(letter) || "_.-@=%&\\".contains(letter));
    let continues = after.starts_with(|letter: char| is_in_word(letter) || "_@%€$£".contains(letter))
        || labels::VARIANT.is_match(after);
    let is_word = is_joined && !labelled || continues && EXTENSION.find(after).is_none();
    if is_word && !is_glued((before, is_joined), written, (after, continues)) {
        return None;
    }
    let is_phone = if labelled {
        is_labelled(written) && !is_amount(near, after)
    } else if written.starts_with('+') {
        international(written)
    } else {
        !labels::OTHER.is_match(near)
            && !is_amount(near, after)
            && !is_registered(near, written)
            && (local(written) || is_without_plus(written) || is_cued(text, &run))
            && !follows_another(end_of_line(before, SIBLING), written)
    };
    let extension = EXTENSION.find(after).map_or(0, |extension| extension.len());
    is_phone.then(|| run.start..run.end + extension)
}

/// Returns whether a number with the form of a phone number touches words, as in a PDF that is drawn without spaces.
/// Each side comes with whether it continues the number.
fn is_glued(before: (&str, bool), written: &str, after: (&str, bool)) -> bool {
    let is_letter = |side: Option<char>, is_joined: bool| !is_joined || side.is_some_and(char::is_alphabetic);
    let groups = groups(written);
    let is_whole = groups.iter().all(|group| group.len() > 1);
    // Parts of MAC addresses and versions, such as `e0-12-34-56-78-bb` and `v02.10.14.55.31`.
    let word =
        before.0.chars().rev().take_while(|letter| letter.is_alphabetic()).take(FEWEST_LETTERS).count();
    let is_code = before.1 && (word < FEWEST_LETTERS || written.contains('.')) || after.0.starts_with('-');
    !is_code
        && is_letter(before.0.chars().next_back(), before.1)
        && is_letter(after.0.chars().next(), after.1)
        && (written.starts_with('+') && groups.len() > 2
            || written.starts_with('0') && groups.len() > 3 && is_whole)
}

/// Returns the last characters of the text's last line.
fn end_of_line(text: &str, count: usize) -> &str {
    let near = text.char_indices().rev().take(count).last().map_or("", |(at, _)| &text[at..]);
    near.rsplit('\n').next().unwrap_or_default()
}

/// Returns whether an authority's abbreviation stands before plain digits: `NEQ 0011223344`.
fn is_registered(near: &str, written: &str) -> bool {
    written.bytes().all(|byte| byte.is_ascii_digit()) && labels::REGISTER.is_match(near)
}

/// Returns whether a number of the same form has another label: `Part 0800-1147-22 replaces 0800-1147-21`.
fn follows_another(line: &str, written: &str) -> bool {
    let lengths = |number: &str| groups(number).iter().map(|group| group.len()).collect::<Vec<_>>();
    DIGITS.find_iter(line).any(|other| {
        lengths(other.as_str()) == lengths(written) && labels::OTHER.is_match(&line[..other.start()])
    })
}

/// Whether a letter beside a number makes it a part of a word. Scripts without spaces have no words in this sense.
fn is_in_word(letter: char) -> bool {
    let has_spaces =
        !matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}');
    letter.is_alphanumeric() && has_spaces
}

/// Returns whether the number is international, without separators.
fn is_without_plus(written: &str) -> bool {
    let is_known = |(start, length): &(&str, usize)| written.starts_with(start) && written.len() == *length;
    written.bytes().all(|byte| byte.is_ascii_digit()) && WITHOUT_PLUS.iter().any(is_known)
}

/// Returns whether a text with a label can be a phone number, whatever its format.
pub(super) fn is_labelled(written: &str) -> bool {
    let digits = written.bytes().filter(u8::is_ascii_digit).count();
    (5..=15).contains(&digits)
        && !is_dates(&groups(written))
        && !(digits < FEWEST_BEFORE_LABEL && is_thousands(written))
}

/// Returns whether the line tells of calls, and the number can be any phone number: `preferisco un sms prima, 21 0182 247`.
fn is_cued(text: &str, run: &Range<usize>) -> bool {
    let groups = groups(&text[run.clone()]);
    let digits: usize = groups.iter().map(|group| group.len()).sum();
    let fewest = [FEWEST_AFTER_CALL, FEWEST_BEFORE_LABEL, FEWEST_IN_PAIRS][groups.len().min(3) - 1];
    let is_version = groups.len() > 1 && groups[0].len() == 1 && text[run.clone()].contains('.');
    let is_count = groups[0].len() < 3 && groups.iter().skip(1).all(|group| group.len() == 3);
    (fewest..=13).contains(&digits)
        && !is_version
        && !is_count
        && !is_dates(&groups)
        && !is_thousands(&text[run.clone()])
        && !is_ip_address(&text[run.clone()], &groups)
        && (labels::CUE.is_match(end_of_line(&text[..run.start], SIBLING))
            || labels::ASK.is_match(&text[run.end..]))
}

fn international(written: &str) -> bool {
    let digits = written.bytes().filter(u8::is_ascii_digit).count();
    (8..=15).contains(&digits) && !is_thousands(written)
}

fn local(written: &str) -> bool {
    let groups = groups(written);
    let digits: usize = groups.iter().map(|group| group.len()).sum();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    if is_dates(&groups) || is_thousands(written) || is_ip_address(written, &groups) {
        return false;
    }
    let first = groups[0].as_bytes();
    let is_split = first == b"00" && digits > 10 && groups.len() > 4 && groups[1].as_bytes()[0] != b'0';
    let abroad = is_split
        || first.starts_with(b"00") && first.get(2).is_some_and(|digit| *digit != b'0') && digits >= 10;
    let trunk = match first {
        [b'0'] => lengths.get(1).is_some_and(|length| *length > 1),
        _ => first[0] == b'0' && first.get(1).is_some_and(|digit| *digit != b'0'),
    };
    let national = trunk && (9..=12).contains(&digits) && (groups.len() > 1 || digits >= 10);
    let split_trunk = written.starts_with("(0") && (8..=13).contains(&digits);
    let area = written.starts_with('(') && (8..=11).contains(&digits) && (lengths[0] <= 3 || digits == 10);
    let shaped = SHAPES.iter().any(|(firsts, shape)| {
        firsts.as_bytes().contains(&first[0])
            && lengths == *shape
            && !groups.iter().skip(1).all(|group| is_zero(group))
    });
    let is_national = NATIONAL.is_match(&groups.join(" "))
        && !groups.iter().skip(1).any(|group| group.len() > 3 && is_zero(group));
    (abroad && digits <= 17) || national || split_trunk || area || shaped || is_national
}

fn groups(written: &str) -> Vec<&str> {
    written.split(|letter: char| !letter.is_ascii_digit()).filter(|group| !group.is_empty()).collect()
}

fn is_zero(group: &str) -> bool {
    group.bytes().all(|digit| digit == b'0')
}

/// Returns whether the groups are dates or the number of a standard with its year: `35.13330.2011`, `2019 - 2021`, `01/2019 - 12/2021`, `2020-01-15 10`.
fn is_dates(groups: &[&str]) -> bool {
    let is_year = |group: &&str| group.len() == 4 && (group.starts_with("19") || group.starts_with("20"));
    let is_day = |group: &&str| group.len() <= 2;
    let is_standard = groups.len() == 3 && groups[1].len() == 5 && groups.last().is_some_and(is_year);
    is_standard
        || groups.iter().any(is_year) && groups.iter().all(|group| is_year(group) || is_day(group))
        || groups.len() == 3
            && groups.iter().all(is_day)
            && groups[..2].iter().all(|group| group.parse::<u8>().is_ok_and(|day| (1..=31).contains(&day)))
}

/// Returns whether it is a number with thousands separators: `1.234.567.890`, `120 000 000`.
fn is_thousands(written: &str) -> bool {
    let groups = groups(written.trim_start_matches('+'));
    let starts = groups.first().is_some_and(|group| group.len() <= 3 && !group.starts_with('0'));
    let grouped = starts && groups.len() > 1 && groups.iter().skip(1).all(|group| group.len() == 3);
    let signs: Vec<char> =
        written.chars().filter(|letter| !letter.is_ascii_digit() && *letter != '+').collect();
    let dotted = signs.iter().all(|sign| *sign == '.');
    grouped && (dotted || groups.iter().skip(1).all(|group| is_zero(group)))
}

fn is_ip_address(written: &str, groups: &[&str]) -> bool {
    let small = groups.iter().all(|group| group.parse::<u16>().is_ok_and(|number| number < 256));
    groups.len() == 4 && small && written.bytes().filter(|letter| *letter == b'.').count() == 3
}

/// Returns whether the number is an amount of money or a count.
fn is_amount(near: &str, after: &str) -> bool {
    let paid = near.ends_with(|letter: char| "$€£¥₹".contains(letter));
    let unit = after.trim_start().split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
    let units = [
        "eur",
        "euro",
        "euros",
        "usd",
        "dollars",
        "chf",
        "gbp",
        "users",
        "requests",
        "views",
        "rows",
        "records",
        "downloads",
    ];
    let counted = units.contains(&unit.to_lowercase().as_str());
    let decimal = after.starts_with(',') && after[1..].starts_with(|letter: char| letter.is_ascii_digit());
    paid || counted || decimal || after.trim_start().starts_with(['€', '$', '£'])
}
