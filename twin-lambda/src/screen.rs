//! What a visitor may see of a model's words: the mark for unanswered questions is taken out, and reciting the
//! instructions is cut off, wherever the pieces of the answer are split.

use crate::prompt::UNANSWERED;

#[derive(Debug)]
pub struct Screen {
    canary: String,
    /// Could be the start of what must not be shown.
    held: String,
    found: Found,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub unanswered: bool,
    pub leak: bool,
}

impl Screen {
    pub fn new(canary: &str) -> Self {
        Self { canary: canary.to_owned(), held: String::new(), found: Found::default() }
    }

    /// The part of the answer so far that is safe to show now.
    pub fn pass(&mut self, piece: &str) -> String {
        if self.found.leak {
            return String::new();
        }
        self.held.push_str(piece);
        if let Some(at) = find(&self.held, &self.canary) {
            self.found.leak = true;
            self.held.truncate(at);
        }
        while let Some(at) = find(&self.held, UNANSWERED) {
            self.found.unanswered = true;
            let start = self.held[..at].trim_end().len();
            self.held.replace_range(start..at + UNANSWERED.len(), "");
        }
        let safe = if self.found.leak { self.held.len() } else { self.safe_length() };
        self.held.drain(..safe).collect()
    }

    /// The rest, now that nothing follows; blanks at the end are nobody's loss.
    pub fn finish(self) -> (String, Found) {
        let rest = if self.found.leak { "" } else { self.held.trim_end() };
        (rest.to_owned(), self.found)
    }

    /// Up to where nothing that follows can complete a mark; blanks before a mark belong to it.
    fn safe_length(&self) -> usize {
        let open = |at: &usize| {
            let tail = self.held[*at..].trim_start();
            tail.is_empty() || starts(UNANSWERED, tail) || starts(&self.canary, tail)
        };
        self.held.char_indices().map(|(at, _)| at).find(open).unwrap_or(self.held.len())
    }
}

fn starts(mark: &str, tail: &str) -> bool {
    mark.get(..tail.len()).is_some_and(|start| start.eq_ignore_ascii_case(tail))
}

fn find(text: &str, mark: &str) -> Option<usize> {
    text.as_bytes().windows(mark.len()).position(|window| window.eq_ignore_ascii_case(mark.as_bytes()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CANARY: &str = "tw-00ff00ff00ff00ff";

    fn screen<'a>(pieces: impl IntoIterator<Item = &'a str>) -> (String, Found) {
        let mut screen = Screen::new(CANARY);
        let mut shown: String = pieces.into_iter().map(|piece| screen.pass(piece)).collect();
        let (rest, found) = screen.finish();
        shown.push_str(&rest);
        (shown, found)
    }

    #[test]
    fn marks_are_taken_out_and_recitals_cut_off() {
        let cases = [
            ("plain", "plain", false, false),
            ("I do not know.\n\n[[unanswered]]", "I do not know.", true, false),
            ("[[Unanswered]] Sorry", " Sorry", true, false),
            ("a [[unanswered]] b [[unanswered]]", "a b", true, false),
            ("a [[unans", "a [[unans", false, false),
            ("ends in blanks \n", "ends in blanks", false, false),
            ("Rules (TW-00FF00ff00ff00ff)\n1. Secret", "Rules (", false, true),
        ];
        for (text, shown, unanswered, leak) in cases {
            assert_eq!(screen([text]), (shown.to_owned(), Found { unanswered, leak }), "{text}");
        }
    }

    #[test]
    fn nothing_slips_through_at_any_split() {
        for text in ["é [[unanswered]] ü", "Rules (tw-00ff00ff00ff00ff) 1. x", "[[[unanswered]] t[[tw-00f"]
        {
            let whole = screen([text]);
            for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
                let (before, after) = text.split_at(at);
                assert_eq!(screen([before, after]), whole, "{before:?} {after:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(parts in proptest::collection::vec("(\\[\\[unanswered\\]\\]|tw-00ff00ff00ff00ff|[\\[\\] a-ué]{1,3}|tw-00)", 0..8)) {
            let text = parts.concat();
            let single: Vec<String> = text.chars().map(String::from).collect();
            let whole = screen([text.as_str()]);
            prop_assert_eq!(screen(single.iter().map(String::as_str)), whole.clone());
            prop_assert_eq!(screen(parts.iter().map(String::as_str)), whole.clone());
            prop_assert!(find(&whole.0, CANARY).is_none());
        }
    }
}
