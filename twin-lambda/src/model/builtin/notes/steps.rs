//! Recognizes sentences about a step of a career.

use super::super::dates;
use super::super::words;

/// Words about a new job, by their beginnings. Accents are folded.
const BEGINNINGS: &str = "join moved job worked started became employ arbeite gearbeitet wechsel gewechselt stelle angefangen \
    ubernommen rejoint rejoins embauch travaill poste trabaj empec pase lavor assunt passat trabalh \
    entrei mudei founded opened gegrund eroffnet aufgemacht ouvert fonde abri fund aperto";
/// Words about a job that lasted for some years.
const EMPLOYED: &str =
    "worked employed angestellt gearbeitet travaill employe trabaj emplead lavorat assunt trabalh";
/// Words of a sentence that begin with a length of time, as in "For six years I worked at a school".
const LENGTH: usize = 4;

/// Returns whether a sentence tells when a job began.
pub(super) fn is_step(line: &str) -> bool {
    let folded = words::fold(line);
    let words = words::split(&folded);
    let begins = |list| words.iter().any(|word| words::starts_with_any(list, word.text));
    let Some(span) = dates::find(line) else {
        const YEARS: &str = "years jahre jahren ans annees anos anni";
        return words.iter().take(LENGTH).any(|word| words::is_in(YEARS, word.text)) && begins(EMPLOYED);
    };
    // As in "Since 2014 I have run a school."
    if span.is_period && span.range.start == 0 {
        return true;
    }
    begins(BEGINNINGS)
}
