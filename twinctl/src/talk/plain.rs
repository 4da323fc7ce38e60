//! Text of others, as a terminal may show it.

/// Takes from a text what would be an order to the terminal: colours, titles, moves of the cursor, a reversed direction
/// of writing. What is left is shown as it is; an order is shown by its symbol.
pub(crate) fn plain(text: &str) -> String {
    text.chars().filter(|character| *character != '\r').map(harmless).collect()
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
        fn no_control_character_is_left(text in any::<String>()) {
            let left = plain(&text);
            prop_assert!(!left.chars().any(|one| one.is_control() && one != '\n' && one != '\t'));
        }
    }
}
