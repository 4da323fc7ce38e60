//! Any text as YAML in double quotes, which every reader of YAML takes back as it was.

use std::fmt::Write as _;

/// On one line, in characters that are seen.
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

/// What YAML does not take as it is, and what an editor would obey or not show. All of it has four digits.
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
    fn plain_words_stay_as_they_are() {
        assert_eq!(quoted("Grüße 🦀: a #b - 'c'"), "\"Grüße 🦀: a #b - 'c'\"");
        assert_eq!(quoted("a\"\\\n\u{1b}[2J\u{202e}\u{0}"), r#""a\"\\\n\u001B[2J\u202E\u0000""#);
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in any::<String>()) {
            let yaml = format!("a: {}\n", quoted(&text));
            let back: serde_json::Value = serde_saphyr::from_str(&yaml).unwrap();
            prop_assert_eq!(back["a"].as_str(), Some(text.as_str()), "{}", yaml);
            prop_assert_eq!(yaml.lines().count(), 1);
        }
    }
}
