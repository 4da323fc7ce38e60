//! Untrusted text, made safe for a terminal.

use std::fmt::Write as _;

/// Replaces control characters with visible symbols, so that untrusted text cannot set colors or titles, move the cursor
/// or reverse the direction of writing.
pub(crate) fn plain(text: &str) -> String {
    text.chars().filter(|character| *character != '\r').map(visible).collect()
}

/// Escapes the same characters in JSON as `\uXXXX`, without losing any.
pub(crate) fn plain_json(json: &str) -> String {
    json.chars().fold(String::with_capacity(json.len()), |mut text, character| {
        if character == '\u{7f}' || visible(character) == char::REPLACEMENT_CHARACTER {
            let _ = write!(text, "\\u{:04x}", u32::from(character));
        } else {
            text.push(character);
        }
        text
    })
}

fn visible(character: char) -> char {
    match character {
        '\n' | '\t' => character,
        '\u{7f}' => '\u{2421}',
        // Unicode has a picture of each of the first 32 characters.
        '\0'..='\u{1f}' => {
            char::from_u32(0x2400 + u32::from(character)).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            char::REPLACEMENT_CHARACTER
        }
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn control_characters_are_replaced_with_symbols() {
        let table = [
            ("**Grüße** 🦀\n\t- one\r\n", "**Grüße** 🦀\n\t- one\n"),
            ("\u{1b}[31mred\u{1b}[0m", "␛[31mred␛[0m"),
            ("\u{1b}]0;title\u{7}", "␛]0;title␇"),
            ("over\rwritten\u{8}", "overwritten␈"),
            ("\u{9b}2J\u{7f}", "\u{fffd}2J␡"),
            ("abc\u{202e}cba", "abc\u{fffd}cba"),
        ];
        for (text, shown) in table {
            assert_eq!(plain(text), shown);
        }
    }

    proptest! {
        #[test]
        fn json_is_equal_and_has_no_control_characters(text in any::<String>()) {
            let json = plain_json(&serde_json::json!({ "text": text }).to_string());
            prop_assert!(!json.chars().any(char::is_control));
            let back: serde_json::Value = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(back["text"].as_str(), Some(text.as_str()));
        }

        #[test]
        fn no_control_characters_remain(text in any::<String>()) {
            let safe = plain(&text);
            prop_assert!(!safe.chars().any(|one| one.is_control() && one != '\n' && one != '\t'));
        }
    }
}
