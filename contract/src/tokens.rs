//! An estimate of the number of tokens in a text.

/// The scripts of India and its neighbors, Thai, Georgian and others. Older tokenizers split each of their letters.
const SPLIT: std::ops::Range<u32> = 0x0900..0x1D00;

/// Estimates the number of tokens in a text, for any model. The estimate errs on the high side: one token for about
/// four Latin letters, or for one character of a denser script.
pub fn estimate(text: &str) -> usize {
    let (light, dense) = text.chars().fold((0, 0), |(light, dense), letter| {
        if letter.is_ascii() {
            (light + 1, dense)
        } else if u32::from(letter) < 0x2E80 && !SPLIT.contains(&u32::from(letter)) {
            (light + 2, dense)
        } else {
            (light, dense + 1)
        }
    });
    dense + usize::div_ceil(light, 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_depend_on_the_script() {
        for (text, tokens) in
            [("", 0), ("word", 1), ("eight ch", 2), ("日本語", 3), ("Привет", 3), ("नमस्ते", 6)]
        {
            assert_eq!(estimate(text), tokens, "{text}");
        }
    }
}
