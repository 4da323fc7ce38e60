//! The sentences of answers in the languages of the page.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::language::Language;
use super::words;

fn phrases() -> &'static HashMap<&'static str, [&'static str; 8]> {
    static PHRASES: OnceLock<HashMap<&str, [&str; 8]>> = OnceLock::new();
    PHRASES.get_or_init(|| {
        let mut phrases: HashMap<&str, [&str; 8]> = HashMap::new();
        let mut name = "";
        for line in include_str!("phrases.txt").lines() {
            if let Some(heading) = line.strip_prefix('[') {
                name = heading.trim_end_matches(']');
            } else if let Some((language, text)) = line.split_once(' ')
                && let Some(language) = Language::named(language)
            {
                phrases.entry(name).or_default()[language as usize] = text;
            }
        }
        phrases
    })
}

/// Returns a sentence in a language, or an empty text if there is no sentence with this name.
pub(super) fn phrase(name: &str, language: Language) -> &'static str {
    phrases().get(name).map_or("", |texts| texts[language as usize])
}

/// Returns a sentence with its gaps filled in order. The last value fills all remaining gaps.
pub(super) fn fill(name: &str, language: Language, values: &[&str]) -> String {
    let mut text = String::new();
    for (index, part) in phrase(name, language).split("{}").enumerate() {
        if index > 0 {
            let value = values.get(index - 1).or(values.last()).copied().unwrap_or_default();
            let is_vowel = words::fold(value).starts_with(['a', 'e', 'i', 'o', 'u', 'y']);
            if language == Language::French && text.ends_with(" de ") && is_vowel {
                text.truncate(text.len() - "e ".len());
                text.push('’');
            }
            text.push_str(value);
        }
        text.push_str(part);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_exists_in_all_languages() {
        assert!(phrases().len() > 40);
        for (name, texts) in phrases() {
            let gaps = texts.map(|text| text.matches("{}").count());
            assert!(texts.iter().all(|text| !text.is_empty()), "{name}");
            assert!(gaps.iter().all(|count| *count == gaps[0]), "{name}");
        }
    }
}
