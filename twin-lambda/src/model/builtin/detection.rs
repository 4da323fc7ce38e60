//! Detects the language of a text by its words.

use super::language::Language;
use super::words::{self, Word};

/// Counts for each language how many of the words belong to it.
pub(super) fn votes(words: &[Word<'_>]) -> [u32; 8] {
    let mut votes = [0; 8];
    for word in words {
        let letter = word.text.chars().next().unwrap_or_default();
        for language in Language::ALL {
            let belongs = match language {
                Language::Japanese => word.is_cjk,
                Language::Arabic => ('\u{600}'..'\u{700}').contains(&letter),
                _ => words::is_stop_word(word.text, language),
            };
            votes[language as usize] += u32::from(belongs);
        }
    }
    votes
}

/// Returns the language with most votes, if it is the only one.
pub(super) fn winner(votes: &[u32; 8]) -> Option<Language> {
    let most = *votes.iter().max()?;
    let mut winners = Language::ALL.into_iter().filter(|language| votes[*language as usize] == most);
    let winner = winners.next()?;
    (most > 0 && winners.next().is_none()).then_some(winner)
}
