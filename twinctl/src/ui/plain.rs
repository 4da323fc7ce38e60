//! Text of others, as a terminal may show it.

use std::fmt::Write as _;

/// Takes from a text what would be an order to the terminal: colours, titles, moves of the cursor, a reversed direction
/// of writing. What is left is shown as it is; an order is shown by its symbol.
pub(crate) fn plain(text: &str) -> String {
    text.chars().filter(|character| *character != '\r').map(harmless).collect()
}

/// The same for a text in JSON, and nothing is lost: an order is written as the code of its character.
pub(crate) fn plain_json(json: &str) -> String {
    json.chars().fold(String::with_capacity(json.len()), |mut text, character| {
        if character == '\u{7f}' || harmless(character) == char::REPLACEMENT_CHARACTER {
            let _ = write!(text, "\\u{:04x}", u32::from(character));
        } else {
            text.push(character);
        }
        text
    })
}

fn harmless(character: char) -> char {
    match character {
        '\n' | '\t' => character,
        '\u{7f}' => '\u{2421}',
        // Each of the first 32 has a picture.
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
    fn orders_to_the_terminal_are_shown_instead_of_followed() {
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
        fn json_says_the_same_without_any_order(text in any::<String>()) {
            let json = plain_json(&serde_json::json!({ "text": text }).to_string());
            prop_assert!(!json.chars().any(char::is_control));
            let back: serde_json::Value = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(back["text"].as_str(), Some(text.as_str()));
        }

        #[test]
        fn no_control_character_is_left(text in any::<String>()) {
            let left = plain(&text);
            prop_assert!(!left.chars().any(|one| one.is_control() && one != '\n' && one != '\t'));
        }
    }
}
