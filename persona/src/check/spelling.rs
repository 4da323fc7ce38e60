//! Suggestions for misspelled words.

/// Returns the most similar word, if it is similar enough.
pub(super) fn nearest<'a>(written: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let simple = |word: &str| word.to_lowercase().replace(['-', ' ', '_'], "");
    let written = simple(written);
    let near = words.into_iter().map(|word| (distance(&written, &simple(word)), word));
    let (letters, word) = near.min_by_key(|(letters, _)| *letters)?;
    (letters <= 2 && letters * 3 <= written.chars().count()).then_some(word)
}

/// Returns the Levenshtein distance: how many letters must be changed, added or removed.
pub(super) fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (above, letter) in from.chars().enumerate() {
        let mut corner = above;
        row[0] = above + 1;
        for (at, wanted) in to.iter().enumerate() {
            let change = corner + usize::from(letter != *wanted);
            corner = row[at + 1];
            row[at + 1] = change.min(corner + 1).min(row[at] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        let cases = [("", "", 0), ("a", "", 1), ("facts", "fact", 1), ("skils", "skill", 1), ("a", "bc", 2)];
        for (from, to, letters) in cases {
            assert_eq!(distance(from, to), letters, "{from} {to}");
        }
    }

    #[test]
    fn the_most_similar_word_is_suggested() {
        let words = ["full_name", "name", "summary"];
        for (written, expected) in [
            ("fullName", Some("full_name")),
            ("Name", Some("name")),
            ("sumary", Some("summary")),
            ("nme", Some("name")),
            ("x", None),
            ("age", None),
        ] {
            assert_eq!(nearest(written, words), expected, "{written}");
        }
    }
}
