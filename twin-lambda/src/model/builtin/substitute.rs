//! Sentences that replace an answer of a language model, in the visitor's language.

use super::language::Language;
use super::{detection, phrases, words};

/// Why an answer is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Substitute {
    /// The provider's filter intervened.
    Filtered,
    /// The model returned only the mark of unanswered questions.
    Unknown,
    /// The answer recited the instructions.
    Recited,
}

impl Substitute {
    fn name(self) -> &'static str {
        match self {
            Self::Filtered => "filtered",
            Self::Unknown => "not_known",
            Self::Recited => "recited",
        }
    }

    /// Returns the sentence in the language of the first of the visitor's messages whose language is recognized.
    pub fn text<'t>(self, messages: impl Iterator<Item = &'t str>) -> &'static str {
        let language = messages.map(language_of).find_map(|language| language);
        phrases::phrase(self.name(), language.unwrap_or(Language::English))
    }

    /// Returns whether a text is this sentence in any language.
    pub fn is(self, text: &str) -> bool {
        Language::ALL.into_iter().any(|language| phrases::phrase(self.name(), language) == text)
    }
}

fn language_of(text: &str) -> Option<Language> {
    let folded = words::fold(text);
    detection::winner(&detection::votes(&words::split(&folded)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_in_the_language_of_the_newest_message_that_has_one() {
        let cases: [(&[&str], &str); 6] = [
            (&["What is your salary?"], "I do not know that."),
            (&["Wie viel verdienst du?"], "Das weiß ich nicht."),
            (&["12345", "Quel est ton salaire ?"], "Je ne le sais pas."),
            (&["年収はいくらですか"], "それはわかりません。"),
            (&["12345"], "I do not know that."),
            (&[], "I do not know that."),
        ];
        for (messages, expected) in cases {
            assert_eq!(Substitute::Unknown.text(messages.iter().copied()), expected, "{messages:?}");
            assert!(Substitute::Unknown.is(expected) && !Substitute::Recited.is(expected));
        }
    }
}
