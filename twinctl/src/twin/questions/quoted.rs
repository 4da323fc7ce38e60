//! Quotes text for YAML.

use std::fmt::Write as _;

/// Returns the text as a double-quoted YAML scalar, on one line and with visible characters only.
pub(super) fn quoted(text: &str) -> String {
    let mut yaml = String::with_capacity(text.len() + 2);
    yaml.push('"');
    for character in text.chars() {
        match character {
            '"' => yaml.push_str("\\\""),
            '\\' => yaml.push_str("\\\\"),
            '\n' => yaml.push_str("\\n"),
            '\t' => yaml.push_str("\\t"),
            hidden if is_hidden(hidden) => drop(write!(yaml, "\\u{:04X}", u32::from(hidden))),
            seen => yaml.push(seen),
        }
    }
    yaml.push('"');
    yaml
}

/// Returns whether YAML does not allow the character, or an editor would not show it. All of these have four hex digits.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(character, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn visible_characters_are_not_escaped() {
        assert_eq!(quoted("Grüße 🦀: a #b - 'c'"), "\"Grüße 🦀: a #b - 'c'\"");
        assert_eq!(quoted("a\"\\\n\u{1b}[2J\u{202e}\u{0}"), r#""a\"\\\n\u001B[2J\u202E\u0000""#);
    }

    proptest! {
        #[test]
        fn every_text_is_preserved(text in any::<String>()) {
            let yaml = format!("a: {}\n", quoted(&text));
            let back: serde_json::Value = serde_saphyr::from_str(&yaml).unwrap();
            prop_assert_eq!(back["a"].as_str(), Some(text.as_str()), "{}", yaml);
            prop_assert_eq!(yaml.lines().count(), 1);
        }
    }
}
