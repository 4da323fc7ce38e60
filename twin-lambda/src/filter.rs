//! A filter between the model and the visitor. It removes the mark of unanswered questions, and cuts off an answer that
//! recites the system prompt, no matter how the answer is divided into chunks. The work grows linearly with the answer.

use crate::prompt::UNANSWERED_MARK;

/// Maximum size of the whitespace that is held back, in bytes. Longer whitespace is shortened.
const LONGEST_BLANK: usize = 1024;

#[derive(Debug)]
pub struct OutputFilter {
    /// See [`SystemPrompt::canary`](crate::prompt::SystemPrompt::canary).
    canary: String,
    /// Whitespace that is held back: it is removed if a mark or the end of the answer follows.
    blank: String,
    /// Text after `blank` that is held back, because it may be the start of a mark or of the canary.
    start: String,
    findings: Findings,
    /// Number of steps so far, which tests compare with the length of the answer.
    #[cfg(test)]
    steps: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    pub unanswered: bool,
    pub leak: bool,
}

impl OutputFilter {
    pub fn new(canary: &str) -> Self {
        Self {
            canary: canary.to_owned(),
            blank: String::new(),
            start: String::new(),
            findings: Findings::default(),
            #[cfg(test)]
            steps: 0,
        }
    }

    /// Adds a chunk of the answer, and returns the text that can be shown now.
    pub fn push(&mut self, chunk: &str) -> String {
        let mut shown = String::new();
        for letter in chunk.chars() {
            if self.findings.leak {
                break;
            }
            self.start.push(letter);
            self.advance(&mut shown);
        }
        shown
    }

    /// Returns the text that was held back, without trailing whitespace, and the findings about the whole answer.
    pub fn finish(self) -> (String, Findings) {
        let rest = if self.start.is_empty() { String::new() } else { self.blank + &self.start };
        (rest, self.findings)
    }

    /// Moves text from `start` to `shown`, except the end that may be the start of a mark or of the canary. Both are
    /// short and contain no whitespace, so the work for one character is limited.
    fn advance(&mut self, shown: &mut String) {
        while let Some(first) = self.start.chars().next() {
            #[cfg(test)]
            {
                self.steps += 1;
            }
            if first.is_whitespace() {
                if self.blank.len() < LONGEST_BLANK {
                    self.blank.push(first);
                }
            } else if self.can_become(UNANSWERED_MARK) {
                if self.start.len() == UNANSWERED_MARK.len() {
                    self.findings.unanswered = true;
                    self.blank.clear();
                    self.start.clear();
                }
                return;
            } else if self.can_become(&self.canary) {
                if self.start.len() == self.canary.len() {
                    self.findings.leak = true;
                    self.start.clear();
                    shown.push_str(&std::mem::take(&mut self.blank));
                }
                return;
            } else {
                shown.push_str(&std::mem::take(&mut self.blank));
                shown.push(first);
            }
            self.start.drain(..first.len_utf8());
        }
    }

    /// Returns whether later text can complete `start` to this mark.
    fn can_become(&self, mark: &str) -> bool {
        mark.get(..self.start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(&self.start))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CANARY: &str = "tw-00ff00ff00ff00ff";

    fn filter<'a>(chunks: impl IntoIterator<Item = &'a str>) -> (String, Findings) {
        let mut filter = OutputFilter::new(CANARY);
        let mut shown: String = chunks.into_iter().map(|chunk| filter.push(chunk)).collect();
        let (rest, findings) = filter.finish();
        shown.push_str(&rest);
        (shown, findings)
    }

    #[test]
    fn marks_are_removed_and_recitals_are_cut_off() {
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
            assert_eq!(filter([text]), (shown.to_owned(), Findings { unanswered, leak }), "{text}");
        }
    }

    #[test]
    fn every_split_gives_the_same_result() {
        for text in ["é [[unanswered]] ü", "Rules (tw-00ff00ff00ff00ff) 1. x", "[[[unanswered]] t[[tw-00f"]
        {
            let unsplit = filter([text]);
            for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
                let (before, after) = text.split_at(at);
                assert_eq!(filter([before, after]), unsplit, "{before:?} {after:?}");
            }
        }
    }

    /// A simple but slow implementation to compare with: it searches all pending text after every character.
    fn searching_filter(text: &str) -> (String, Findings) {
        let find = |text: &str, mark: &str| text.to_ascii_lowercase().find(mark);
        let starts = |mark: &str, tail: &str| mark.starts_with(&tail.to_ascii_lowercase());
        let (mut shown, mut pending, mut findings) = (String::new(), String::new(), Findings::default());
        for letter in text.chars() {
            pending.push(letter);
            if let Some(at) = find(&pending, CANARY) {
                findings.leak = true;
                return (shown + &pending[..at], findings);
            }
            if let Some(at) = find(&pending, UNANSWERED_MARK) {
                findings.unanswered = true;
                pending.truncate(at);
                pending.truncate(pending.trim_end().len());
            }
            let may_be_mark = |at: &usize| {
                let tail = pending[*at..].trim_start();
                starts(UNANSWERED_MARK, tail) || starts(CANARY, tail)
            };
            let safe = pending.char_indices().map(|(at, _)| at).find(may_be_mark).unwrap_or(pending.len());
            shown.extend(pending.drain(..safe));
        }
        shown.push_str(pending.trim_end());
        (shown, findings)
    }

    proptest! {
        #[test]
        fn every_division_into_chunks_shows_what_a_search_shows(
            chunks in proptest::collection::vec(
                "(\\[\\[unanswered\\]\\]|TW-00ff00ff00ff00ff|[\\[\\] \n\u{2003}a-ué]{1,3}|tw-00|[ \n]{0,9}\\[\\[Una)",
                0..12,
            ),
        ) {
            let text = chunks.concat();
            let expected = searching_filter(&text);
            let single: Vec<String> = text.chars().map(String::from).collect();
            prop_assert_eq!(filter([text.as_str()]), expected.clone());
            prop_assert_eq!(filter(single.iter().map(String::as_str)), expected.clone());
            prop_assert_eq!(filter(chunks.iter().map(String::as_str)), expected.clone());
            prop_assert!(!expected.0.to_ascii_lowercase().contains(CANARY));
        }
    }

    #[test]
    fn the_work_grows_linearly_and_little_text_is_held_back() {
        for unit in [" ", "[", "tw-00ff00ff00ff00f", " [[unanswered]", " [[unanswered]]", "\u{2003}"] {
            for size in [1, 1000] {
                let mut filter = OutputFilter::new(CANARY);
                let chunk = unit.repeat(size);
                for _ in 0..16_000 / size {
                    filter.push(&chunk);
                    let held_back = filter.blank.len() + filter.start.len();
                    assert!(held_back < LONGEST_BLANK + CANARY.len() + 4, "{unit:?}: {held_back}");
                }
                let letters = 16_000 * unit.chars().count();
                assert!(filter.steps <= 2 * letters, "{unit:?}: {} steps for {letters}", filter.steps);
            }
        }
    }

    #[test]
    fn a_long_run_of_whitespace_is_shortened() {
        let text = format!("a{}b", " ".repeat(100_000));
        assert_eq!(filter([text.as_str()]).0, format!("a{}b", " ".repeat(LONGEST_BLANK)));
        assert_eq!(filter([text.as_str(), "\n[[unanswered]]"]).0.len(), LONGEST_BLANK + 2);
    }
}
