//! "Did you mean": the known word that is closest to a misspelled one.

/// Returns the closest word of `known`, if it is close enough.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase().replace('-', "_");
    let tolerance = 1 + word.chars().count() / 4;
    known
        .into_iter()
        .map(|candidate| {
            let normalized = candidate.replace('-', "_");
            let is_prefix = word.len() >= 3 && normalized.starts_with(&word);
            let distance = if is_prefix { 1 } else { strsim::damerau_levenshtein(&word, &normalized) };
            (distance, candidate)
        })
        .filter(|(distance, _)| *distance <= tolerance)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn only_close_words_are_suggested() {
        let known = ["burst", "rate", "log_retention_days"];
        assert_eq!(nearest("brust", known), Some("burst"));
        assert_eq!(nearest("Rate", known), Some("rate"));
        assert_eq!(nearest("log-retention-day", known), Some("log_retention_days"));
        assert_eq!(nearest("log", known), Some("log_retention_days"));
        assert_eq!(nearest("color", known), None);
    }
}
