//! Long values, shortened so that differences stay visible.

/// The maximum length of a value that is not shortened, in characters.
const LONGEST: usize = 48;
/// The length of the common text that is shown before a difference.
const CONTEXT: usize = 12;

/// Puts a value on one line, and cuts its middle if it is too long.
pub(super) fn one(text: &str) -> String {
    middle(&line(text))
}

/// Shortens both values of a change so that the difference is visible.
pub(super) fn pair(old: &str, new: &str) -> (String, String) {
    let (mut one, mut other) = (line(old), line(new));
    if one == other {
        (one, other) = (old.escape_debug().collect(), new.escape_debug().collect());
    }
    let (old, new) = (one, other);
    if old.len().max(new.len()) <= LONGEST {
        return (old.into_iter().collect(), new.into_iter().collect());
    }
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let from = same.saturating_sub(CONTEXT);
    let cut = |text: &[char]| {
        let rest = middle(&text[from..]);
        if from == 0 { rest } else { format!("…{rest}") }
    };
    (cut(&old), cut(&new))
}

/// Joins lines, and replaces control characters.
fn line(text: &str) -> Vec<char> {
    if text.is_empty() {
        return "(empty)".chars().collect();
    }
    let visible = |c: char| if c.is_control() { '�' } else { c };
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ⏎ ")
        .chars()
        .map(visible)
        .collect()
}

fn middle(text: &[char]) -> String {
    if text.len() <= LONGEST {
        return text.iter().collect();
    }
    let (head, tail) = (LONGEST * 2 / 3, LONGEST / 3 - 1);
    let ends = [&text[..head], &['…'], &text[text.len() - tail..]];
    ends.concat().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_long_value_keeps_its_ends() {
        assert_eq!(one("short"), "short");
        assert_eq!(one("{\n  \"a\": 1\n}\n"), "{ ⏎ \"a\": 1 ⏎ }");
        assert_eq!(one(&("a".repeat(40) + &"z".repeat(40))), "a".repeat(32) + "…" + &"z".repeat(15));
    }

    #[test]
    fn a_difference_after_a_long_equal_text_is_visible() {
        let (common, end) = ("0123456789".repeat(10), "x".repeat(60));
        let (old, new) = pair(&format!("{common}OLD{end}"), &format!("{common}NEW{end}"));
        assert_eq!(old, "…890123456789OLDxxxxxxxxxxxxxxxxx…xxxxxxxxxxxxxxx");
        assert_eq!(new, "…890123456789NEWxxxxxxxxxxxxxxxxx…xxxxxxxxxxxxxxx");
    }

    #[test]
    fn a_difference_in_white_space_only_is_visible() {
        assert_eq!(pair("a\nb", "a\n  b"), ("a\\nb".to_owned(), "a\\n  b".to_owned()));
        assert_eq!(pair("", "a"), ("(empty)".to_owned(), "a".to_owned()));
    }

    #[test]
    fn control_characters_are_replaced() {
        assert_eq!(one("a\u{1b}[2Jb"), "a�[2Jb");
    }

    proptest! {
        #[test]
        fn different_values_stay_different(common in "[a-c \n]{0,90}", old in "[a-c \n]{0,90}", new in "[a-c \n]{0,90}") {
            let (old, new) = (format!("{common}{old}"), format!("{common}{new}"));
            prop_assume!(old != new);
            let (short_old, short_new) = pair(&old, &new);
            prop_assert_ne!(&short_old, &short_new);
            prop_assert!(short_old.chars().count().max(short_new.chars().count()) <= LONGEST + 1);
        }
    }
}
