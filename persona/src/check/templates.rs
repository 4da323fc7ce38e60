//! Checks for texts of templates that were not replaced.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use crate::pattern::{Pattern, pattern};
use crate::{finding::Finding, names};

/// Texts that are certainly left over from a template.
static CERTAIN: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?i)\[(?:your|insert|enter|add|write|describe|put|fill in|company|job title)\b[^\]\n]{0,60}\]|<(?:your|insert|enter)[ _-][^>\n]{0,60}>",
        r"|\byour[._-]?(?:name|email|mail)@|\b(?:you|name|user|email)@example\.(?:com|org)|\blorem ipsum\b",
        r"|(?:linkedin\.com/in|github\.com|twitter\.com|x\.com)/(?:your[._-]?(?:name|user(?:name)?|profile|handle)|username)\b",
        r"|\b(?:I am|I['’]m|my name is) your (?:full )?name\b",
    ])
});

const VALUES: &str = r"(?:your (?:full |first |last )?name|your (?:current )?(?:role|title|job|company|location|city|email|phone|bio)(?: here)?|first ?name last ?name|company name|job title|university name|placeholder|change ?me)";

/// A line whose whole value is left over from a template.
static LINE: Pattern = LazyLock::new(|| {
    pattern(&[r#"(?i)^[\s\-*"'{]*(?:[\w ]{1,40}["']?\s*[:=]\s*)?["']?"#, VALUES, r#"["']?[\s,;.}\])]*$"#])
});

/// The same in JSON and YAML, where a line can have several values.
static VALUE: Pattern = LazyLock::new(|| pattern(&[r#"(?i)["']"#, VALUES, r#"["']"#]));

/// Texts that are possibly left over, or intended.
static POSSIBLE: Pattern = LazyLock::new(|| {
    pattern(&[
        r"\bTO[D]O\b|\bFIX[M]E\b|\bTBD\b|\bYour (?:Full )?Name\b|\bAda Example\b|\b(?:John|Jane) Doe\b",
    ])
});

pub(super) fn check(file: &str, text: &str) -> Vec<Finding> {
    text.lines().enumerate().flat_map(|(at, line)| check_line(file, at + 1, line)).collect()
}

fn check_line(file: &str, at: usize, line: &str) -> Vec<Finding> {
    let certain = certain(file, line);
    if !certain.is_empty() {
        let finding = |found: &str| {
            let what = format!("`{}` is still the text of a template", shortened(found));
            Finding::error(file, Some(at), what, "replace it with your own text, or remove it")
        };
        return certain.into_iter().map(finding).collect();
    }
    let possible: BTreeSet<&str> = POSSIBLE.find_iter(line).map(|found| found.as_str()).collect();
    let finding = |found: &str| {
        let what = format!("`{found}` looks unfinished");
        Finding::warning(file, Some(at), what, "complete it, unless it is intended")
    };
    possible.into_iter().map(finding).collect()
}

fn certain<'l>(file: &str, line: &'l str) -> BTreeSet<&'l str> {
    // `[Your text](https://…)` is a link, not a text to replace.
    let is_link = |end: usize| line[..end].ends_with(']') && line[end..].starts_with('(');
    let found = CERTAIN.find_iter(line).filter(|found| !is_link(found.end()));
    let is_whole = |value: Range<usize>| {
        let (before, after) = (line[..value.start].trim_end(), line[value.end..].trim_start());
        (before.is_empty() || before.ends_with([':', ',', '[', '-']))
            && (after.is_empty() || after.starts_with([',', ']', '}', '#']))
    };
    let values = VALUE.find_iter(line).filter(|found| names::is_data(file) && is_whole(found.range()));
    let all: BTreeSet<&str> = found.chain(values).map(|found| found.as_str()).collect();
    if all.is_empty() && LINE.is_match(line) { BTreeSet::from([line.trim()]) } else { all }
}

fn shortened(text: &str) -> String {
    let mut letters = text.chars();
    let start: String = letters.by_ref().take(40).collect();
    if letters.next().is_some() { format!("{start}…") } else { start }
}
