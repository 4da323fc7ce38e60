//! Texts in a plain form: full-width digits, letters and signs in ASCII, Japanese numbers as digits, and words without the spaces
//! that some PDF files have between all letters.

use std::ops::Range;

/// A text in its plain form, and the place of each of its bytes in the original.
#[derive(Debug)]
pub(super) struct Folded {
    pub(super) text: String,
    places: Vec<usize>,
}

impl Folded {
    /// Returns `None` if the text is in its plain form already.
    pub(super) fn new(text: &str) -> Option<Self> {
        let is_eastern = text.contains(|letter: char| plain(letter) != letter || numeral(letter).is_some());
        let is_wide = (is_eastern || text.contains("  ")) && text.lines().any(is_spaced);
        if !is_eastern && !is_wide {
            return None;
        }
        let mut folded =
            Self { text: String::with_capacity(text.len()), places: Vec::with_capacity(text.len() + 1) };
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if is_wide && is_spaced(line) {
                folded.push_spaced(line, at);
            } else {
                folded.push_all(line, at);
            }
            at += line.len();
        }
        folded.places.push(text.len());
        Some(folded)
    }

    /// Returns the place of a match in the original.
    pub(super) fn original(&self, range: &Range<usize>) -> Range<usize> {
        self.places[range.start]..self.places[range.end]
    }

    fn push(&mut self, letter: char, at: usize) {
        // A long vowel sign or a line after a digit is a hyphen.
        let is_hyphen =
            matches!(letter, 'ー' | '─' | '━') && self.text.ends_with(|before: char| before.is_ascii_digit());
        let plain = if is_hyphen { '-' } else { plain(letter) };
        self.text.push(plain);
        self.places.extend((0..plain.len_utf8()).map(|byte| if plain == letter { at + byte } else { at }));
    }

    fn push_all(&mut self, text: &str, start: usize) {
        let mut at = 0;
        while let Some(letter) = text[at..].chars().next() {
            let is_next = self
                .text
                .strip_suffix(['-', '(', ')'])
                .is_some_and(|text| text.ends_with(|last: char| last.is_ascii_digit()));
            if let Some((number, length)) = japanese_number(&text[at..], is_next) {
                self.text.push_str(&number);
                self.places.extend(number.bytes().map(|_| start + at));
                at += length;
            } else {
                self.push(letter, start + at);
                at += letter.len_utf8();
            }
        }
    }

    /// Leaves out single spaces, which stand between letters, and keeps one of those between words.
    fn push_spaced(&mut self, line: &str, start: usize) {
        for (at, letter) in line.char_indices() {
            let is_gap_end = line[..at].ends_with(' ') && !line[at + letter.len_utf8()..].starts_with(' ');
            if letter != ' ' || is_gap_end {
                self.push(letter, start + at);
            }
        }
    }
}

/// Returns whether words are two spaces apart, and a single space only stands beside a single letter: `T e l .  0 3 0`.
fn is_spaced(line: &str) -> bool {
    if line.starts_with(is_eastern_letter) && line.chars().skip(1).step_by(2).take(4).all(|gap| gap == ' ') {
        return true;
    }
    let words: Vec<&str> = line.trim().split(' ').collect();
    let is_letter = |word: &str| word.chars().nth(1).is_none();
    let pairs = || words.windows(2).filter(|pair| pair.iter().all(|word| !word.is_empty()));
    let gaps = words.iter().filter(|word| word.is_empty()).count();
    gaps > 0 && pairs().count() > 1 && pairs().all(|pair| pair.iter().any(|word| is_letter(word)))
}

/// Whether the letter belongs to a script without spaces.
fn is_eastern_letter(letter: char) -> bool {
    matches!(letter, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}')
}

fn plain(letter: char) -> char {
    match letter {
        '０'..='９'
        | 'Ａ'..='Ｚ'
        | 'ａ'..='ｚ'
        | '＋'
        | '（'
        | '）'
        | '－'
        | '／'
        | '．'
        | '：'
        | '，'
        | '｜' => char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter),
        '\u{3000}' => ' ',
        'ｰ' => '-',
        _ => letter,
    }
}

/// Returns the value of a Japanese numeral.
fn numeral(letter: char) -> Option<u32> {
    // Most texts have none of these letters.
    if letter < '〇' {
        return None;
    }
    let value = "〇一二三四五六七八九十".chars().position(|numeral| numeral == letter);
    value.and_then(|value| u32::try_from(value).ok())
}

/// Returns a Japanese number in digits, and its length: before a unit of dates or addresses, or beside a hyphen or a
/// parenthesis. `五月`, `二十三番地`, `二〇一九年`, `〇三－一二三四`
fn japanese_number(text: &str, is_next: bool) -> Option<(String, usize)> {
    let length = text.find(|letter| numeral(letter).is_none()).unwrap_or(text.len());
    let units = ["年", "月", "日", "丁目", "番", "号", "-", "－", "ー", "‐", "―", "−", "(", "（", ")", "）"];
    if length == 0 || !is_next && !units.iter().any(|unit| text[length..].starts_with(unit)) {
        return None;
    }
    let number = &text[..length];
    let Some((tens, ones)) = number.split_once('十') else {
        return Some((number.chars().filter_map(numeral).map(|value| value.to_string()).collect(), length));
    };
    let value = |digit: &str, none: u32| digit.chars().next().map_or(Some(none), numeral);
    let number = value(tens, 1)? * 10 + value(ones, 0)?;
    Some((number.to_string(), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_are_found_in_the_original() {
        let text = "電話　０３－１２３４（内線）é";
        let folded = Folded::new(text).unwrap();
        assert_eq!(folded.text, "電話 03-1234(内線)é");
        let at = folded.text.find("03-1234").unwrap();
        assert_eq!(&text[folded.original(&(at..at + 7))], "０３－１２３４");
        assert_eq!(folded.original(&(0..folded.text.len())), 0..text.len());
        assert!(Folded::new("電話 03").is_none());
    }

    #[test]
    fn japanese_numbers_become_digits() {
        let text = "五月三日、二十三番地、二〇一九年十月、十人";
        let folded = Folded::new(text).unwrap();
        assert_eq!(folded.text, "5月3日、23番地、2019年10月、十人");
        assert_eq!(&text[folded.original(&(0..8))], "五月三日");
    }

    #[test]
    fn letters_with_spaces_between_become_words() {
        let cases = [
            ("T e l .   0 6 9  /  9 0 0 1", Some("Tel. 069 / 9001")),
            ("A n s c h r i f t :   Hopfenring  6 – 8 ,  9 0 4", Some("Anschrift: Hopfenring 6–8, 904")),
            ("Adresse  perso :   66 ,  bd  Plumeau", Some("Adresse perso: 66, bd Plumeau")),
            ("one  two three  4", None),
            ("a  b", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Folded::new(text).map(|folded| folded.text).as_deref(), expected);
        }
    }
}
