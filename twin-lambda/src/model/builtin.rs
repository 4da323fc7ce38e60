//! The builtin model: it searches the data files for the words of a question and quotes them. It is deterministic, free and
//! works offline.

mod passages;
mod search;
mod words;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::{Answer, Chunk, Delivery, Model, ModelError, Stop};
use crate::clock::Deadline;
use crate::persona::Persona;
use crate::prompt::{Prompt, SystemPrompt, UNANSWERED_MARK};

use search::{Hit, Index};

/// Passages in one answer. More would make the answer hard to find.
const MAX_QUOTES: usize = 3;

#[derive(Debug, Default)]
pub struct Builtin {
    /// The index of the current data files.
    index: Mutex<Option<(Arc<SystemPrompt>, Arc<Index>)>>,
}

impl Builtin {
    /// Returns the index of the data files, which is built once for each system prompt.
    fn index(&self, prompt: &Arc<SystemPrompt>) -> Arc<Index> {
        let mut cached = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        match cached.as_ref() {
            Some((known, index)) if Arc::ptr_eq(known, prompt) => Arc::clone(index),
            _ => {
                let index = Arc::new(Index::new(passages::split(&prompt.persona)));
                *cached = Some((Arc::clone(prompt), Arc::clone(&index)));
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
        let text = reply(&prompt.system.persona, &self.index(&prompt.system), question);
        let chunks: Vec<Chunk> = match delivery {
            Delivery::Full => vec![Chunk::Text(text)],
            Delivery::Streamed => {
                text.split_inclusive(' ').map(|word| Chunk::Text(word.to_owned())).collect()
            }
        };
        Ok(Answer::full(chunks.into_iter().chain([Chunk::Stop(Stop::Done)]), deadline))
    }

    fn context_tokens(&self) -> usize {
        usize::MAX
    }

    fn can_summarize(&self) -> bool {
        false
    }
}

fn reply(persona: &Persona, index: &Index, question: &str) -> String {
    if let Some(answer) = prepared_answer(persona, question) {
        return answer.to_owned();
    }
    let query = words::parse_question(question);
    if query.is_about_twin {
        return introduction(persona);
    }
    let hits = index.search(&query, MAX_QUOTES);
    if hits.is_empty() { unknown(persona) } else { quotes(persona, &hits) }
}

/// Returns the owner's answer, if the data files contain exactly this question.
fn prepared_answer<'p>(persona: &'p Persona, question: &str) -> Option<&'p str> {
    let asked = words::normalize(question);
    let is_asked = |text: &str| text.split_inclusive('?').any(|question| words::normalize(question) == asked);
    let qna = persona.qna().iter().find(|qna| is_asked(&qna.question))?;
    (!asked.is_empty()).then(|| qna.answer.trim())
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
        "I do not know: I am the built-in twin, and {name}'s notes do not mention that.{contact} {UNANSWERED_MARK}"
    )
}

#[cfg(test)]
mod tests;
