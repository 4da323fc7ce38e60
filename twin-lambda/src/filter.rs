//! A filter between the model and the visitor. It removes the mark of unanswered questions, and cuts off an answer that
//! recites the system prompt, no matter how the answer is divided into chunks.

use crate::prompt::UNANSWERED_MARK;

#[derive(Debug)]
pub struct OutputFilter {
    canary: String,
    /// Text that may be the start of a mark or of the canary.
    pending: String,
    findings: Findings,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    pub unanswered: bool,
    pub leak: bool,
}

impl OutputFilter {
    pub fn new(canary: &str) -> Self {
        Self { canary: canary.to_owned(), pending: String::new(), findings: Findings::default() }
    }

    /// Adds a chunk of the answer, and returns the text that can be shown now.
    pub fn push(&mut self, chunk: &str) -> String {
        if self.findings.leak {
            return String::new();
        }
        self.pending.push_str(chunk);
        if let Some(at) = find(&self.pending, &self.canary) {
            self.findings.leak = true;
            self.pending.truncate(at);
        }
        while let Some(at) = find(&self.pending, UNANSWERED_MARK) {
            self.findings.unanswered = true;
            let start = self.pending[..at].trim_end().len();
            self.pending.replace_range(start..at + UNANSWERED_MARK.len(), "");
        }
        let safe = if self.findings.leak { self.pending.len() } else { self.safe_length() };
        self.pending.drain(..safe).collect()
    }

    /// Returns the rest of the answer, without trailing whitespace.
    pub fn finish(self) -> (String, Findings) {
        let rest = if self.findings.leak { "" } else { self.pending.trim_end() };
        (rest.to_owned(), self.findings)
    }

    /// Returns the length of the text that no later chunk can turn into a mark. Whitespace before a mark belongs to it.
    fn safe_length(&self) -> usize {
        let can_become_mark = |at: &usize| {
            let tail = self.pending[*at..].trim_start();
            tail.is_empty() || starts(UNANSWERED_MARK, tail) || starts(&self.canary, tail)
        };
        self.pending.char_indices().map(|(at, _)| at).find(can_become_mark).unwrap_or(self.pending.len())
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

    proptest! {
        #[test]
        fn chunk_boundaries_make_no_difference(chunks in proptest::collection::vec("(\\[\\[unanswered\\]\\]|tw-00ff00ff00ff00ff|[\\[\\] a-ué]{1,3}|tw-00)", 0..8)) {
            let text = chunks.concat();
            let single: Vec<String> = text.chars().map(String::from).collect();
            let unsplit = filter([text.as_str()]);
            prop_assert_eq!(filter(single.iter().map(String::as_str)), unsplit.clone());
            prop_assert_eq!(filter(chunks.iter().map(String::as_str)), unsplit.clone());
            prop_assert!(find(&unsplit.0, CANARY).is_none());
        }
    }
}
