//! Unescapes strings in double quotes, and maps positions back to the source.

use std::ops::Range;

/// An unescaped string.
pub(super) struct Unescaped {
    pub(super) text: String,
    /// The position in the source for each byte of the text, and for its end. Empty if nothing is escaped.
    places: Vec<usize>,
}

impl Unescaped {
    /// Unescapes a string, so that `\n` ends a line and `Musterstra\u00dfe` is found as a street.
    pub(super) fn new(written: &str, is_quoted: bool) -> Self {
        if !is_quoted || !written.contains('\\') {
            return Self { text: written.to_owned(), places: Vec::new() };
        }
        let mut text = String::with_capacity(written.len());
        let mut places = Vec::with_capacity(written.len());
        let mut at = 0;
        while let Some(letter) = written[at..].chars().next() {
            let (value, length) =
                if letter == '\\' { escape(&written[at..]) } else { (letter, letter.len_utf8()) };
            text.push(value);
            places.resize(text.len(), at);
            at += length;
        }
        places.push(at);
        Self { text, places }
    }

    /// Returns the range in the source.
    pub(super) fn source_range(&self, range: Range<usize>) -> Range<usize> {
        let place = |at: usize| self.places.get(at).copied().unwrap_or(at);
        place(range.start)..place(range.end)
    }
}

/// Returns the character of an escape sequence, and the sequence's length. Surrogates become `?`, because numbers and
/// street names do not contain them.
fn escape(written: &str) -> (char, usize) {
    let code = |from: usize, to: usize| u32::from_str_radix(written.get(from..to)?, 16).ok();
    let long =
        |length: usize| (code(2, length).and_then(char::from_u32).unwrap_or('?'), length.min(written.len()));
    let Some(letter) = written[1..].chars().next() else { return ('\\', 1) };
    match letter {
        'n' | 'r' => ('\n', 2),
        't' => ('\t', 2),
        'x' if code(2, 4).is_some() => long(4),
        'u' if code(2, 6).is_some() => long(6),
        'U' if code(2, 10).is_some() => long(10),
        _ => (letter, 1 + letter.len_utf8()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_refer_to_the_source() {
        let written = r#""a\nb \u00df \ud83d\ude00 \"c\" \\ é end""#;
        let plain = Unescaped::new(written, true);
        assert_eq!(plain.text, "\"a\nb ß ?? \"c\" \\ é end\"");
        for (part, expected) in [("ß", r"\u00df"), ("é", "é"), ("end", "end"), ("\n", r"\n"), ("\\", r"\\")]
        {
            let at = plain.text.find(part).unwrap();
            assert_eq!(&written[plain.source_range(at..at + part.len())], expected);
        }
    }
}
