//! Recognizes what a line of a text is: a heading, an item of a list, a name, or the head of an entry.

use super::super::dates;
use super::super::topics::{self, Topic};
use super::super::words;

/// Longest line, in characters, that can be a heading or part of one.
pub(super) const MAX_HEAD: usize = 90;

/// Returns the numbers of the lines with name, role and place, which exports of profiles have before the summary.
pub(super) fn profile(lines: &[String]) -> Vec<usize> {
    let topic = |line: &String| if is_title(line.trim()) { topics::of_heading(line.trim()) } else { None };
    let is_start = |line: &String| matches!(topic(line), Some(Topic::Summary | Topic::Jobs));
    let Some(start) = lines.iter().position(is_start) else { return Vec::new() };
    let filled = (0..start).rev().filter(|number| !lines[*number].trim().is_empty());
    let block: Vec<usize> = filled
        .take_while(|number| topic(&lines[*number]).is_none() && is_headline(&lines[*number]))
        .take(3)
        .collect();
    let is_after_section = lines[..start].iter().any(|line| topic(line).is_some());
    let name = block.iter().rposition(|number| is_name(lines[*number].trim()));
    name.filter(|name| is_after_section && *name > 0)
        .map(|name| block[..=name].iter().rev().copied().collect())
        .unwrap_or_default()
}

/// Returns whether a line can be the headline of a profile, which is often long.
fn is_headline(line: &str) -> bool {
    line.chars().count() <= 220 && !line.ends_with(['.', '!', '?', '。'])
}

/// Longest line, in characters, of a file whose lines were wrapped.
const MAX_WIDTH: usize = 120;
/// Length in characters from which a line can have been wrapped.
const MIN_WRAPPED: usize = 45;

/// Returns the lines of a text. Lines that were wrapped, because the next word would not have fitted, are joined.
pub(super) fn unwrapped(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !is_page_number(line)).collect();
    let length = |line: &str| line.chars().count();
    let width = lines.iter().map(|line| length(line)).max().unwrap_or_default();
    let mut joined: Vec<String> = Vec::with_capacity(lines.len());
    let mut last_length = 0;
    for line in lines {
        let word = line.split_whitespace().next().unwrap_or_default();
        let is_full = last_length >= MIN_WRAPPED && last_length + 1 + length(word) > width;
        // As in "Bones, boats and bad", followed by "weather".
        let is_small = last_length >= MIN_WRAPPED && word.starts_with(char::is_lowercase);
        let is_open = last_length >= MIN_WRAPPED / 2
            && joined.last().is_some_and(|last| last.ends_with([',', '–', '-', '(', '&']));
        match joined.last_mut() {
            Some(last)
                if width <= MAX_WIDTH
                    && (is_full || is_open || is_small)
                    && !last.starts_with(['#', '|'])
                    && !is_capitals(last)
                    && can_continue(line) =>
            {
                last.push(' ');
                last.push_str(line.trim_start());
            }
            _ => joined.push(line.to_owned()),
        }
        last_length = length(line);
    }
    joined
}

/// Returns whether a line is the number of a page, as in exports of profiles: "Page 1 of 3".
fn is_page_number(line: &str) -> bool {
    let folded = words::fold(line);
    let words: Vec<&str> = folded.split_whitespace().collect();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let [page, number, of, total] = words.as_slice() else { return false };
    matches!(*page, "page" | "seite" | "pagina")
        && matches!(*of, "of" | "von" | "de" | "di" | "sur")
        && is_number(number)
        && is_number(total)
}

/// Returns whether a line can be the rest of the one above.
fn can_continue(line: &str) -> bool {
    let text = line.trim();
    let is_labeled = || text.split_once(": ").is_some_and(|(label, _)| topics::of_heading(label).is_some());
    let is_period = || dates::find(text).is_some_and(|span| span.is_period && span.range.start == 0);
    !text.is_empty()
        && !text.starts_with(['#', '|', '>', '*', '_'])
        && item(text).is_none()
        && !is_underline(text)
        && !is_capitals(text)
        && !is_title(text)
        && !is_labeled()
        && (!is_period() || text.ends_with(')'))
}

/// Returns whether a line contains nothing but a length of time, as in "3 years 2 months".
pub(super) fn is_duration(text: &str) -> bool {
    const UNITS: &str = "year years yr yrs month months mo mos jahr jahre monat monate an ans mois ano anos mes meses anno \
        anni mesi mese y";
    let folded = words::fold(text);
    let words = words::split(&folded);
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (2..=4).contains(&words.len())
        && words.chunks(2).all(|pair| {
            is_number(pair[0].text) && pair.get(1).is_some_and(|unit| words::is_in(UNITS, unit.text))
        })
}

/// Returns whether a line is short and stands between blank lines, as a heading does.
pub(super) fn is_alone(lines: &[String], index: usize) -> bool {
    let is_blank = |line: Option<&String>| line.is_none_or(|line| line.trim().is_empty());
    let text = lines[index].trim();
    let is_heading = !text.is_empty()
        && text.chars().count() < 40
        && !text.contains(['@', '|', ':', '/', '#', '*'])
        && is_short(text)
        && !text.ends_with([',', ';'])
        && item(text).is_none();
    let has_text_after = lines.len() > index + 1;
    is_heading
        && has_text_after
        && (index == 0 || is_blank(lines.get(index - 1)))
        && is_blank(lines.get(index + 1))
}

/// Returns a line without Markdown's marks. Links become their text, followed by their address.
pub(super) fn plain(line: &str) -> String {
    let marked = line
        .trim()
        .trim_start_matches(['#', '>'])
        .trim()
        .replace("**", "")
        .replace("__", "")
        .replace('`', "");
    let marked = without_stars(&marked);
    let mut text = String::with_capacity(marked.len());
    let mut rest = marked.as_str();
    while let Some((before, link)) = rest.split_once('[') {
        words::work::add(before.len());
        let Some((name, after)) = link.split_once("](") else { break };
        let Some((address, after)) = after.split_once(')') else { break };
        words::work::add(name.len() + address.len());
        text.push_str(before);
        text.push_str(name);
        let address = address.trim_start_matches("mailto:");
        if name != address {
            text.push_str(" (");
            text.push_str(address);
            text.push(')');
        }
        rest = after;
    }
    text.push_str(rest);
    text.trim().to_owned()
}

/// Removes the stars of emphasis. A column of spaces becomes one space.
fn without_stars(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let is_after_space = plain.is_empty() || plain.ends_with(' ');
        let is_mark = letter == '*' && !(is_after_space && letters.peek().is_none_or(|next| *next == ' '));
        let is_column = letter == ' ' && plain.ends_with(' ');
        if !is_mark && !is_column {
            plain.push(letter);
        }
    }
    plain
}

/// Returns whether a line is the heading of the list below it.
pub(super) fn is_above_list(lines: &[String], index: usize) -> bool {
    let text = lines[index].trim();
    let is_blank = |line: Option<&String>| line.is_none_or(|line| line.trim().is_empty());
    !text.is_empty()
        && text.chars().count() < 40
        && is_short(text)
        && !text.contains(['@', '|', '#', '*', ','])
        && item(text).is_none()
        && (index == 0 || is_blank(lines.get(index - 1)))
        && lines.get(index + 1).is_some_and(|next| item(next).is_some())
}

/// Returns the text of a line of a list.
pub(super) fn item(line: &str) -> Option<&str> {
    let line = line.trim();
    ["- ", "* ", "• ", "– ", "· ", "▪ ", "‣ ", "+ ", "・", "•", "●"]
        .iter()
        .find_map(|mark| line.strip_prefix(mark))
}

pub(super) fn is_underline(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 3
        && ['=', '-', '_', '~', '*', '─', '—'].iter().any(|mark| line.chars().all(|letter| letter == *mark))
}

pub(super) fn is_capitals(text: &str) -> bool {
    let letters = text.chars().filter(|letter| letter.is_alphabetic());
    // The rest of a long line is not read, because lines are joined to long ones.
    let is_short = text.chars().nth(60).is_none() && letters.clone().count() >= 4;
    is_short
        && !text.contains(['@', ':'])
        && letters.clone().any(char::is_uppercase)
        && !letters.clone().any(char::is_lowercase)
}

/// Returns whether a line consists of nothing but the name of a topic.
pub(super) fn is_title(text: &str) -> bool {
    let title = text.trim_end_matches([':', '：']);
    title.chars().count() <= 40
        && !title.ends_with(['.', '!', '?', ','])
        && (title.starts_with(char::is_uppercase) || title.starts_with(|letter| !char::is_lowercase(letter)))
        && topics::of_heading(title).is_some_and(|topic| !topic.is_small_talk())
}

/// Returns whether the last word of a line is an occupation.
pub(super) fn names_role(text: &str) -> bool {
    const ENDINGS: &str = "manager managerin leader lead leiter leiterin engineer ingenieur ingenieurin developer entwickler \
        entwicklerin assistant assistent assistentin officer director teacher trainer coach consultant \
        analyst technician designer researcher trainee";
    let folded = words::fold(text);
    let last = words::split(&folded).last().map(|word| word.text).unwrap_or_default();
    ENDINGS.split(' ').any(|ending| last.ends_with(ending))
}

/// Returns whether the text before a colon is a part of a sentence, as in "To managers: ask", and not a label.
pub(super) fn is_phrase(label: &str) -> bool {
    const STARTS: &str = "to no not i we an nein ich wir non je nous aux pour para yo nao eu io ai agli alle";
    let folded = words::fold(label);
    words::split(&folded).first().is_some_and(|word| words::is_in(STARTS, word.text))
}

pub(super) fn is_dated_head(text: &str) -> bool {
    let Some(span) = dates::find(text) else { return false };
    let (before, after) = (text[..span.range.start].trim(), text[span.range.end..].trim());
    // A line such as "2019 - 2021: Teacher. Taught music." starts with its dates.
    if before.is_empty() && span.is_period && text.chars().count() <= 4 * MAX_HEAD {
        return true;
    }
    let is_at_edge =
        before.chars().count() <= 2 || after.chars().count() <= 2 || after.starts_with([')', ':', '）']);
    let has_head = text.chars().count() <= 2 * MAX_HEAD;
    let is_sentence =
        text.ends_with(['.', '!', '?', '。']) && (!span.is_period || text.split_whitespace().count() > 8);
    (is_at_edge || span.is_period && !text.ends_with('.')) && has_head && !is_sentence
}

pub(super) fn is_short(text: &str) -> bool {
    text.chars().count() <= MAX_HEAD && !text.ends_with(['.', '!', '?', '。', '！', '？'])
}

pub(super) fn title_case(text: &str) -> String {
    if !is_capitals(text) {
        return text.to_owned();
    }
    let words = text.split_whitespace().map(|word| {
        let mut letters = word.chars();
        let first = letters.next().into_iter();
        first.chain(letters.flat_map(char::to_lowercase)).collect::<String>()
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Returns whether a line can be the name of a person.
pub(super) fn is_name(text: &str) -> bool {
    let words: Vec<&str> = text.split(' ').collect();
    (2..=4).contains(&words.len())
        && words.iter().all(|word| word.starts_with(char::is_uppercase))
        && text.chars().all(|letter| letter.is_alphabetic() || " .'’-".contains(letter))
}

/// Returns the cells of a row of a table, or nothing for the line below its header.
pub(super) fn cells(line: &str) -> Option<String> {
    let row = line.trim().strip_prefix('|')?;
    let cells: Vec<&str> = row.split('|').map(str::trim).filter(|cell| !cell.is_empty()).collect();
    let is_rule = cells.iter().all(|cell| cell.chars().all(|letter| "-:".contains(letter)));
    Some(if is_rule { String::new() } else { cells.join(", ") })
}
