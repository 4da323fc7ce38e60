//! The index of the data files, with the questions that the owner answered.

use super::index::Index;
use super::passage::Kind;
use super::question::Question;
use super::words;
use crate::persona::Persona;

#[derive(Debug)]
pub(super) struct Knowledge {
    pub(super) index: Index,
    pub(super) prepared: Vec<Prepared>,
}

/// A question that the owner answered.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The passage with the answer.
    pub(super) passage: usize,
    pub(super) question: Question,
    /// The words of the question.
    pub(super) text: String,
}

/// Returns a question as it is compared with others: its words, without punctuation.
pub(super) fn normalized(text: &str) -> String {
    let folded = words::fold(text);
    words::split(&folded).iter().map(|word| word.text).collect::<Vec<_>>().join(" ")
}

impl Knowledge {
    pub(super) fn new(persona: &Persona) -> Self {
        let mut index = Index::new(persona);
        let mut prepared = Vec::new();
        for number in 0..index.passages.len() {
            let passage = &index.passages[number];
            if passage.kind != Kind::Answer {
                continue;
            }
            let variants =
                passage.head.split_inclusive(['?', '？', '؟']).filter(|text| !text.trim().is_empty());
            let questions: Vec<Question> = variants.map(|text| Question::parse(text, &index)).collect();
            index.passages[number].topic = questions.iter().find_map(|question| question.topic);
            prepared.extend(questions.into_iter().map(|question| {
                let text = normalized(&question.text);
                Prepared { passage: number, question, text }
            }));
        }
        Self { index, prepared }
    }
}
