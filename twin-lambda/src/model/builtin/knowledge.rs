//! The index of the data files, with the questions that the owner answered.

use super::index::Index;
use super::passage::Kind;
use super::question::Question;
use crate::persona::Persona;

#[derive(Debug)]
pub(super) struct Knowledge {
    pub(super) index: Index,
    /// The questions of the owner's answers, by passage.
    pub(super) prepared: Vec<(usize, Question)>,
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
            prepared.extend(questions.into_iter().map(|question| (number, question)));
        }
        Self { index, prepared }
    }
}
