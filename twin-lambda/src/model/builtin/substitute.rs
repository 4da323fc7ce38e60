//! Sentences that replace an answer of a language model, in the visitor's language.

use super::language::Language;
use super::{detection, notes, phrases, words};

/// Why an answer is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Substitute {
    /// The provider's filter intervened.
    Filtered,
    /// The model returned only the mark of unanswered questions.
    Unknown,
    /// The answer recited the instructions.
    Recited,
    /// The model was not asked, because the budget is used up.
    OverBudget,
}

impl Substitute {
    fn name(self) -> &'static str {
        match self {
            Self::Filtered => "filtered",
            Self::Unknown => "not_known",
            Self::Recited => "recited",
            Self::OverBudget => "over_budget",
        }
    }

    /// Returns the sentence in Chinese, into which the page is not translated.
    fn in_chinese(self) -> &'static str {
        match self {
            Self::Filtered => "这个问题我不便回答。",
            Self::Unknown => "这个我不知道。",
            Self::Recited => "我不会透露我的指令。您还想了解什么？",
            Self::OverBudget => "我目前的回答次数已达上限，请稍后再来。",
        }
    }

    /// Returns the sentence in the language of the first of the visitor's messages whose language is recognized.
    pub fn text<'t>(self, messages: impl Iterator<Item = &'t str> + Clone) -> &'static str {
        match language_of_all(messages) {
            Some(language) => phrases::phrase(self.name(), language),
            None => self.in_chinese(),
        }
    }

    /// Returns whether a text is this sentence in any language.
    pub fn is(self, text: &str) -> bool {
        let mut others = Language::ALL.into_iter().map(|language| phrases::phrase(self.name(), language));
        text == self.in_chinese() || others.any(|other| other == text)
    }
}

/// Returns a sentence with the owner's contact, in the language of the visitor's messages, unless it is private.
pub fn contact<'t>(owner: &str, messages: impl Iterator<Item = &'t str> + Clone) -> Option<String> {
    let owner = notes::without_mark(owner);
    if owner.is_empty() {
        return None;
    }
    Some(match language_of_all(messages) {
        Some(language) => phrases::fill("contact", language, &[&owner]),
        None => format!("您可以这样联系我：{owner}"),
    })
}

/// Returns the language of the first message whose language is recognized, by default English. `None` means Chinese, into which
/// the page is not translated.
fn language_of_all<'t>(mut messages: impl Iterator<Item = &'t str> + Clone) -> Option<Language> {
    // Chinese has no kana. A short Japanese message may have none either, but hardly the whole conversation.
    let has_kana =
        messages.clone().flat_map(str::chars).any(|letter| ('\u{3041}'..='\u{30ff}').contains(&letter));
    match messages.find_map(language_of) {
        Some(Language::Japanese) if !has_kana => None,
        language => Some(language.unwrap_or(Language::English)),
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
        let cases: [(&[&str], &str); 8] = [
            (&["What is your salary?"], "I do not know that."),
            (&["Wie viel verdienst du?"], "Das weiß ich nicht."),
            (&["12345", "Quel est ton salaire ?"], "Je ne le sais pas."),
            (&["年収はいくらですか"], "それはわかりません。"),
            (&["年収?", "お名前は?"], "それはわかりません。"),
            (&["你的工资是多少?"], "这个我不知道。"),
            (&["12345"], "I do not know that."),
            (&[], "I do not know that."),
        ];
        for (messages, expected) in cases {
            assert_eq!(Substitute::Unknown.text(messages.iter().copied()), expected, "{messages:?}");
            assert!(Substitute::Unknown.is(expected) && !Substitute::Recited.is(expected));
        }
    }

    #[test]
    fn private_parts_of_the_contact_are_left_out_without_a_mark() {
        for (owner, expected) in [
            ("ada@example.com", Some("You can reach me here: ada@example.com")),
            ("phone (left out), mail a@b.example", Some("You can reach me here: mail a@b.example")),
            ("(left out)", None),
        ] {
            assert_eq!(contact(owner, std::iter::empty()).as_deref(), expected, "{owner}");
        }
    }
}
