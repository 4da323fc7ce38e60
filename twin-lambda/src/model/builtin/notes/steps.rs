//! Recognizes sentences about a step of a career.

use super::super::dates;
use super::super::words;

/// Words about a new job, by their beginnings. Accents are folded.
const BEGINNINGS: &str = "join moved job worked started became employ arbeite gearbeitet wechsel gewechselt stelle angefangen \
    ubernommen rejoint rejoins embauch travaill poste trabaj entre empec pase lavor assunt passat trabalh \
    entrei mudei";

/// Returns whether a sentence tells when a job began.
pub(super) fn is_step(line: &str) -> bool {
    let Some(span) = dates::find(line) else { return false };
    // As in "Since 2014 I have run a school."
    if span.is_period && span.range.start == 0 {
        return true;
    }
    let folded = words::fold(line);
    words::split(&folded).iter().any(|word| words::starts_with_any(BEGINNINGS, word.text))
}
