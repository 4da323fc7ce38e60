//! "Did you mean": the known word that a mistyped one is closest to.

/// The closest of `known`, when it is close enough to be meant.
pub(super) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase().replace('-', "_");
    let tolerance = 1 + word.chars().count() / 4;
    known
        .into_iter()
        .map(|candidate| {
            let plain = candidate.replace('-', "_");
            let begun = word.len() >= 3 && plain.starts_with(&word);
            let distance = if begun { 1 } else { strsim::damerau_levenshtein(&word, &plain) };
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
    fn only_what_is_close_is_meant() {
        let known = ["burst", "rate", "log_retention_days"];
        assert_eq!(nearest("brust", known), Some("burst"));
        assert_eq!(nearest("Rate", known), Some("rate"));
        assert_eq!(nearest("log-retention-day", known), Some("log_retention_days"));
        assert_eq!(nearest("log", known), Some("log_retention_days"));
        assert_eq!(nearest("colour", known), None);
    }
}
