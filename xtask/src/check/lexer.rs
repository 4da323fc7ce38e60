//! Splits Rust source into tokens. Unlike `syn`, it keeps comments and looks into macros.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An identifier or keyword.
    Name,
    /// `::`, or any other single character.
    Mark,
    /// A `//`, `///`, `//!` or `/* */` comment, with its marks.
    Comment,
    /// The content of a string literal, as written.
    Text,
    /// A number, a character literal or a lifetime.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'source> {
    pub(super) kind: Kind,
    pub(super) text: &'source str,
    /// The line that it begins on, from 1.
    pub(super) line: usize,
}

impl Token<'_> {
    pub(super) fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Name | Kind::Mark) && self.text == text
    }
}

pub(super) fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let (mut rest, mut line) = (source, 1);
    while !rest.is_empty() {
        let Shape { kind, before, length, after } = Shape::of(rest);
        let text = &rest[before..before + length];
        if let Some(kind) = kind {
            tokens.push(Token { kind, text, line });
        }
        let (taken, left) = rest.split_at(before + length + after);
        line += taken.matches('\n').count();
        rest = left;
    }
    tokens
}

/// The kind and the extent of the next token, in bytes.
#[derive(Debug)]
struct Shape {
    /// `None` for white space.
    kind: Option<Kind>,
    /// The prefix and quote of a string.
    before: usize,
    length: usize,
    after: usize,
}

impl Shape {
    fn of(source: &str) -> Self {
        let plain = |kind, length| Self { kind: Some(kind), before: 0, length, after: 0 };
        if let Some(length) = comment(source) {
            return plain(Kind::Comment, length);
        }
        if let Some(shape) = Self::string(source) {
            return shape;
        }
        let first = source.chars().next().unwrap_or_default();
        match first {
            letter if letter.is_whitespace() => {
                let length = source.len() - source.trim_start().len();
                Self { kind: None, before: 0, length, after: 0 }
            }
            '\'' => plain(Kind::Other, 1 + quoted(&source[1..])),
            '0'..='9' => plain(Kind::Other, word(source)),
            letter if letter.is_alphabetic() || letter == '_' => plain(Kind::Name, word(source)),
            ':' if source.starts_with("::") => plain(Kind::Mark, 2),
            letter => plain(Kind::Mark, letter.len_utf8()),
        }
    }

    /// A string literal with any prefix, raw or not.
    fn string(source: &str) -> Option<Self> {
        let unprefixed = source.strip_prefix(['b', 'c']).unwrap_or(source);
        let (unhashed, hashes) = match unprefixed.strip_prefix('r') {
            Some(rest) => {
                (rest.trim_start_matches('#'), Some(rest.len() - rest.trim_start_matches('#').len()))
            }
            None => (unprefixed, None),
        };
        let content = unhashed.strip_prefix('"')?;
        let (length, closing) = match hashes {
            Some(hashes) => (content.find(&format!("\"{}", "#".repeat(hashes))), 1 + hashes),
            None => (unescaped_quote(content), 1),
        };
        let before = source.len() - content.len();
        Some(match length {
            Some(length) => Self { kind: Some(Kind::Text), before, length, after: closing },
            None => Self { kind: Some(Kind::Text), before, length: content.len(), after: 0 },
        })
    }
}

/// The length of the comment that the source begins with, if any. Block comments nest.
fn comment(source: &str) -> Option<usize> {
    if source.starts_with("//") {
        return Some(source.find('\n').unwrap_or(source.len()));
    }
    if !source.starts_with("/*") {
        return None;
    }
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        let rest = &source[at..];
        let opens = rest.starts_with("/*");
        if opens || rest.starts_with("*/") {
            depth = if opens { depth + 1 } else { depth - 1 };
            at += 2;
        } else {
            at += rest.chars().next().map_or(0, char::len_utf8);
        }
        if depth == 0 || at == source.len() {
            return Some(at);
        }
    }
}

/// The length of what follows a `'`: the rest of a character literal, or nothing, if it begins a lifetime.
fn quoted(source: &str) -> usize {
    let mut letters = source.char_indices();
    match (letters.next(), letters.next()) {
        (Some((_, '\\')), Some((at, letter))) => {
            let from = at + letter.len_utf8();
            source[from..].find('\'').map_or(from, |end| from + end + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 0,
    }
}

fn unescaped_quote(source: &str) -> Option<usize> {
    let mut letters = source.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some(at),
            '\\' => drop(letters.next()),
            _ => {}
        }
    }
    None
}

fn word(source: &str) -> usize {
    source.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(source.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_every_kind_of_token() {
        let table: [(&str, &[(Kind, &str)]); 11] = [
            ("a::b", &[(Kind::Name, "a"), (Kind::Mark, "::"), (Kind::Name, "b")]),
            ("x: y", &[(Kind::Name, "x"), (Kind::Mark, ":"), (Kind::Name, "y")]),
            ("// a \"b\n", &[(Kind::Comment, "// a \"b")]),
            ("/* a /* b */ c */d", &[(Kind::Comment, "/* a /* b */ c */"), (Kind::Name, "d")]),
            (r#""a \" b"c"#, &[(Kind::Text, r#"a \" b"#), (Kind::Name, "c")]),
            (r##"br#"a " b"#c"##, &[(Kind::Text, r#"a " b"#), (Kind::Name, "c")]),
            (r#"r"\"c"#, &[(Kind::Text, r"\"), (Kind::Name, "c")]),
            ("'\"' b", &[(Kind::Other, "'\"'"), (Kind::Name, "b")]),
            (r"'\'' b", &[(Kind::Other, r"'\''"), (Kind::Name, "b")]),
            ("&'a b", &[(Kind::Mark, "&"), (Kind::Other, "'"), (Kind::Name, "a"), (Kind::Name, "b")]),
            ("\"unclosed", &[(Kind::Text, "unclosed")]),
        ];
        for (source, expected) in table {
            let found: Vec<_> = tokens(source).iter().map(|token| (token.kind, token.text)).collect();
            assert_eq!(found, expected, "{source}");
        }
    }

    #[test]
    fn counts_lines() {
        let lines: Vec<_> = tokens("a\n\"b\n\" c\n/*\n*/ d").iter().map(|token| token.line).collect();
        assert_eq!(lines, [1, 2, 3, 4, 5]);
    }
}
