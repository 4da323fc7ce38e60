//! Templates that nobody has filled in.

use std::sync::LazyLock;

use super::{error, warning};
use crate::Mistake;
use crate::pattern::{Pattern, pattern};

/// What nobody writes about themselves.
static CERTAIN: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?i)\[(?:your|insert|enter|add|write|describe|put|fill in|company|job title)\b[^\]\n]{0,60}\]|<(?:your|insert|enter)[ _-][^>\n]{0,60}>",
        r"|\byour[._-]?(?:name|email|mail)@|\b(?:you|name|user|email)@example\.(?:com|org)|\blorem ipsum\b",
        r"|(?:linkedin\.com/in|github\.com|twitter\.com|x\.com)/(?:your[._-]?(?:name|user(?:name)?|profile|handle)|username)\b",
        r"|\b(?:I am|I['’]m|my name is) your (?:full )?name\b",
    ])
});

/// A whole value that is still what the template says.
static VALUE: Pattern = LazyLock::new(|| {
    pattern(&[
        r#"(?i)^[\s\-*"'{]*(?:[\w ]{1,40}["']?\s*[:=]\s*)?["']?"#,
        r"(?:your (?:full |first |last )?name|your (?:current )?(?:role|title|job|company|location|city|email|phone|bio)(?: here)?|",
        r#"first ?name last ?name|company name|job title|university name|placeholder|change ?me)["']?[\s,;.}\])]*$"#,
    ])
});

/// What may be meant.
static POSSIBLE: Pattern = LazyLock::new(|| {
    pattern(&[
        r"\bTO[D]O\b|\bFIX[M]E\b|\bTBD\b|\bYour (?:Full )?Name\b|\bAda Example\b|\b(?:John|Jane) Doe\b",
    ])
});

/// One for each line: where there is one, there are more.
pub(super) fn look(file: &str, text: &str) -> Vec<Mistake> {
    text.lines().enumerate().filter_map(|(at, line)| of_line(file, at + 1, line)).collect()
}

fn of_line(file: &str, at: usize, line: &str) -> Option<Mistake> {
    // A link is not to be filled in.
    let is_link = |end: usize| line[..end].ends_with(']') && line[end..].starts_with('(');
    let certain = CERTAIN.find_iter(line).find(|found| !is_link(found.end())).map(|found| found.as_str());
    let certain = certain.or_else(|| VALUE.is_match(line).then(|| line.trim()));
    if let Some(found) = certain {
        let what = format!("`{}` is still what a template says", short(found));
        return Some(error(file, Some(at), what, "write your own here, or remove it"));
    }
    let found = POSSIBLE.find(line)?.as_str();
    Some(warning(file, Some(at), format!("`{found}` looks unfinished"), "if it is, write what it should say"))
}

fn short(text: &str) -> String {
    let mut letters = text.chars();
    let start: String = letters.by_ref().take(40).collect();
    if letters.next().is_some() { format!("{start}…") } else { start }
}
