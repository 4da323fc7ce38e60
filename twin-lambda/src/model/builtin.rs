//! No model at all: the owner's own files, found by their words and quoted. Deterministic, free and offline.

mod passages;
mod search;
mod words;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::{Answer, Delivery, Model, ModelError, Piece, Stop};
use crate::clock::Deadline;
use crate::persona::Persona;
use crate::prompt::{Brief, Prompt, UNANSWERED};

use search::{Hit, Index};

/// Quoted at most; more would bury the answer.
const QUOTES: usize = 3;

#[derive(Debug, Default)]
pub struct Builtin {
    indexed: Mutex<Option<(Arc<Brief>, Arc<Index>)>>,
}

impl Builtin {
    /// Built once per persona.
    fn index(&self, brief: &Arc<Brief>) -> Arc<Index> {
        let mut indexed = self.indexed.lock().unwrap_or_else(PoisonError::into_inner);
        match indexed.as_ref() {
            Some((known, index)) if Arc::ptr_eq(known, brief) => Arc::clone(index),
            _ => {
                let index = Arc::new(Index::new(passages::of(&brief.persona)));
                *indexed = Some((Arc::clone(brief), Arc::clone(&index)));
                index
            }
        }
    }
}

#[async_trait]
impl Model for Builtin {
    async fn ask(
        &self,
        prompt: &Prompt,
        delivery: Delivery,
        deadline: Deadline,
    ) -> Result<Answer, ModelError> {
        let question = prompt.turns.last().map(|turn| turn.text.as_str()).unwrap_or_default();
        let text = reply(&prompt.brief.persona, &self.index(&prompt.brief), question);
        let pieces: Vec<Piece> = match delivery {
            Delivery::Whole => vec![Piece::Text(text)],
            Delivery::Streamed => {
                text.split_inclusive(' ').map(|word| Piece::Text(word.to_owned())).collect()
            }
        };
        Ok(Answer::whole(pieces.into_iter().chain([Piece::Stop(Stop::Done)]), deadline))
    }

    fn context_tokens(&self) -> usize {
        usize::MAX
    }
}

fn reply(persona: &Persona, index: &Index, question: &str) -> String {
    if let Some(answer) = prepared(persona, question) {
        return answer.to_owned();
    }
    let asked = words::of_question(question);
    if asked.is_about_the_twin {
        return introduction(persona);
    }
    let hits = index.search(&asked, QUOTES);
    if hits.is_empty() { unknown(persona) } else { quotes(persona, &hits) }
}

/// What the owner wants said to exactly this, as they wrote it.
fn prepared<'p>(persona: &'p Persona, question: &str) -> Option<&'p str> {
    let asked = words::plain(question);
    let is_asked = |text: &str| text.split_inclusive('?').any(|question| words::plain(question) == asked);
    let prepared = persona.qna().iter().find(|qna| is_asked(&qna.question))?;
    (!asked.is_empty()).then(|| prepared.answer.trim())
}

fn introduction(persona: &Persona) -> String {
    let name = persona.full_name().unwrap_or("the owner of this website");
    format!(
        "I am the AI twin of {name}: the built-in one, which has no language model and quotes {}'s own notes. \
         Ask me about work, skills, projects or how to get in touch.",
        persona.name().unwrap_or("the owner"),
    )
}

fn quotes(persona: &Persona, hits: &[Hit]) -> String {
    let name = persona.name().unwrap_or("the owner");
    let quoted: Vec<String> = hits.iter().map(|hit| format!("{} ({})", hit.text, hit.source)).collect();
    format!("From {name}'s notes:\n\n{}", quoted.join("\n\n"))
}

fn unknown(persona: &Persona) -> String {
    let name = persona.name().unwrap_or("the owner");
    let contact = persona
        .contact()
        .map(|contact| format!(" You can ask {name} directly: {contact}"))
        .unwrap_or_default();
    format!(
        "I do not know: I am the built-in twin, and {name}'s notes say nothing about that.{contact} {UNANSWERED}"
    )
}

#[cfg(test)]
mod tests;
