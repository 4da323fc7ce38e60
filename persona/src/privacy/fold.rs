//! Full-width digits, letters and signs, as in Japanese texts, in their ASCII form.

use std::ops::Range;

/// A text in ASCII form, and the place of each of its bytes in the original.
#[derive(Debug)]
pub(super) struct Folded {
    pub(super) text: String,
    places: Vec<usize>,
}

impl Folded {
    /// Returns `None` if the text has no full-width digits, letters or signs.
    pub(super) fn new(text: &str) -> Option<Self> {
        if !text.contains(|letter: char| plain(letter) != letter) {
            return None;
        }
        let mut folded = String::with_capacity(text.len());
        let mut places = Vec::with_capacity(text.len() + 1);
        for (at, letter) in text.char_indices() {
            // A long vowel sign after a digit is a hyphen.
            let is_hyphen = letter == 'ー' && folded.ends_with(|before: char| before.is_ascii_digit());
            let plain = if is_hyphen { '-' } else { plain(letter) };
            folded.push(plain);
            places.extend((0..plain.len_utf8()).map(|byte| if plain == letter { at + byte } else { at }));
        }
        places.push(text.len());
        Some(Self { text: folded, places })
    }

    /// Returns the place of a match in the original.
    pub(super) fn original(&self, range: &Range<usize>) -> Range<usize> {
        self.places[range.start]..self.places[range.end]
    }
}

fn plain(letter: char) -> char {
    match letter {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '＋' | '（' | '）' | '－' | '／' | '．' | '：' | '，' => {
            char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(letter)
        }
        '\u{3000}' => ' ',
        _ => letter,
    }
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
}
