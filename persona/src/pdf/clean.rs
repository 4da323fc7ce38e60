//! Joins the pages of a PDF into one readable text.

use std::collections::HashSet;

/// The words of page numbers: `Page 1 of 4`, `Seite 1 von 4`.
const PAGE: [&str; 11] =
    ["page", "seite", "página", "pagina", "strona", "side", "sida", "sayfa", "pagină", "strana", "sivu"];
const OF: [&str; 9] = ["of", "von", "sur", "de", "di", "van", "z", "af", "av"];

/// Joins pages. Page numbers are removed first, so that a sentence can continue on the next page.
pub(super) fn pages(pages: &[String]) -> String {
    let lines: Vec<String> = pages
        .iter()
        .flat_map(|page| page.lines().map(plain).chain([String::new()]))
        .filter(|line| !is_page_number(line))
        .collect();
    join(&lines)
}

/// Returns a line without ligatures, soft hyphens, invisible characters and repeated spaces.
fn plain(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    for letter in line.chars() {
        match letter {
            'ﬀ' => plain.push_str("ff"),
            'ﬁ' => plain.push_str("fi"),
            'ﬂ' => plain.push_str("fl"),
            'ﬃ' => plain.push_str("ffi"),
            'ﬄ' => plain.push_str("ffl"),
            'ﬅ' | 'ﬆ' => plain.push_str("st"),
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{fffd}' => {}
            '\u{2010}' | '\u{2011}' => plain.push('-'),
            _ if letter.is_whitespace() || letter.is_control() => {
                if !plain.ends_with(' ') {
                    plain.push(' ');
                }
            }
            _ => plain.push(letter),
        }
    }
    together(plain.trim())
}

/// Fewest letters of a line that is a spaced heading.
const MIN_SPACED: usize = 4;

/// Joins the letters of a heading that is written with spaces: `C O N T A C T`.
fn together(line: &str) -> String {
    let is_letter = |word: &str| word.chars().count() == 1 && word.chars().all(char::is_uppercase);
    let is_heading = line.split(' ').all(is_letter) && line.split(' ').count() >= MIN_SPACED;
    if is_heading { line.replace(' ', "") } else { line.to_owned() }
}

fn is_page_number(line: &str) -> bool {
    let words: Vec<String> = line.split(' ').map(str::to_lowercase).collect();
    let is_number = |word: &String| !word.is_empty() && word.bytes().all(|letter| letter.is_ascii_digit());
    match words.as_slice() {
        [page, number, of, all] => {
            PAGE.contains(&page.as_str()) && OF.contains(&of.as_str()) && is_number(number) && is_number(all)
        }
        _ => false,
    }
}

/// Joins words that were hyphenated at the end of a line, and leaves one empty line between paragraphs.
fn join(lines: &[String]) -> String {
    let words: HashSet<&str> = lines.iter().flat_map(|line| line.split(' ')).collect();
    let mut text = String::new();
    for line in lines {
        if let Some(start) = hyphenated_word(&text, line) {
            let end = line.split(' ').next().unwrap_or_default();
            let is_address = is_link(start) || end.contains('@');
            if !is_address && !start.contains('-') && !words.contains(format!("{start}-{end}").as_str()) {
                text.pop();
            }
            text.push_str(line);
        } else if !line.is_empty() {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(line);
        } else if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
    }
    text.truncate(text.trim_end().len());
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// Returns the first part of a word, without its hyphen, if the next line continues it.
fn hyphenated_word<'a>(text: &'a str, next: &str) -> Option<&'a str> {
    let start = text.rsplit([' ', '\n']).next()?.strip_suffix('-')?;
    let is_word = start.ends_with(char::is_alphabetic) && next.starts_with(char::is_lowercase);
    let is_path = is_link(start) && next.starts_with(char::is_alphanumeric);
    (is_word || is_path).then_some(start)
}

/// Returns whether a word is the beginning of a link. Its hyphens belong to the address.
fn is_link(word: &str) -> bool {
    let has_host = word.split_once('/').is_some_and(|(host, _)| host.contains('.'));
    has_host || word.contains("://") || word.starts_with("www.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleans() {
        let cases = [
            ("", ""),
            ("  \n \n", ""),
            ("a   b\u{a0}c\n", "a b c\n"),
            ("ﬁnd the oﬃce", "find the office\n"),
            ("one\n\n\n\n two\n", "one\n\ntwo\n"),
            ("experi-\nence", "experience\n"),
            ("a well-known and well-\nknown thing", "a well-known and well-known thing\n"),
            ("state-of-\nthe-art", "state-of-the-art\n"),
            ("www.linkedin.com/in/ada-\nexample-8154b", "www.linkedin.com/in/ada-example-8154b\n"),
            ("linkedin.com/in/ada-\n8154b (LinkedIn)", "linkedin.com/in/ada-8154b (LinkedIn)\n"),
            ("https://ada-\nexample.example/", "https://ada-example.example/\n"),
            ("ada-\nmail@a.example", "ada-mail@a.example\n"),
            ("and/or experi-\nence", "and/or experience\n"),
            ("C O N T A C T\nA B C\na b c d", "CONTACT\nA B C\na b c d\n"),
            ("2019 -\npresent", "2019 -\npresent\n"),
            ("Jean-\nPaul", "Jean-\nPaul\n"),
            ("end\n Page 1 of 4 \n", "end\n"),
            ("Seite 2 von 12", ""),
            ("Page one of 4", "Page one of 4\n"),
            ("so\u{ad}ft zero\u{200b}width", "soft zerowidth\n"),
        ];
        for (page, expected) in cases {
            assert_eq!(pages(&[page.to_owned()]), expected, "{page:?}");
        }
    }

    #[test]
    fn page_numbers_are_removed_between_pages() {
        let text = pages(&["first\nPage 1 of 2\n".to_owned(), "second\nPage 2 of 2\n".to_owned()]);
        assert_eq!(text, "first\n\nsecond\n");
    }
}
