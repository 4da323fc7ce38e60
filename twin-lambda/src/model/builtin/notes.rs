//! The data files as passages: each one knows its topic, its heading, and its dates.

mod lines;
mod prose;
mod steps;
mod unspoken;
mod values;

use super::passage::{Kind, Passage, sentences};
use super::topics::Topic;
use crate::persona::{File, Persona, Qna};
use crate::yaml;

pub(super) use unspoken::without_mark;

/// Splits the data files into passages.
pub(super) fn read(persona: &Persona) -> Vec<Passage> {
    let mut all: Vec<Passage> = persona.qna().iter().map(answer).collect();
    unspoken::remove(&mut all);
    for (file, text) in persona.knowledge() {
        let mut passages = Vec::new();
        match file {
            File::Qna if !persona.qna().is_empty() => {}
            File::Qna => match Qna::parse_list(text) {
                Some(list) => passages.extend(list.iter().map(answer)),
                None => prose::read(text, None, &mut passages),
            },
            File::Facts if persona.facts().is_object() => values::read(persona.facts(), None, &mut passages),
            File::Experience | File::Education | File::Skills => match yaml::parse(text) {
                Some(value) if !value.is_string() => values::read(&value, topic(file), &mut passages),
                _ => prose::read(text, topic(file), &mut passages),
            },
            _ => prose::read(text, topic(file), &mut passages),
        }
        unspoken::remove(&mut passages);
        all.append(&mut passages);
    }
    all
}

fn topic(file: File) -> Option<Topic> {
    match file {
        File::Experience => Some(Topic::Jobs),
        File::Education => Some(Topic::Education),
        File::Skills => Some(Topic::Skills),
        File::Summary | File::Me => Some(Topic::Summary),
        _ => None,
    }
}

fn answer(qna: &Qna) -> Passage {
    let mut passage = Passage::new(Kind::Answer, None, qna.question.trim());
    passage.lines = sentences(qna.answer.trim());
    passage
}
