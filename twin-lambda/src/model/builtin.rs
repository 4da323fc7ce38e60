//! The builtin model: it answers from the data files without a language model. It is deterministic, free and works offline.
//!
//! `notes` splits the data files into passages with their headings, `index` ranks them, `question` recognizes what a visitor
//! asks, and `reply` composes the answer.

mod dates;
mod detection;
mod index;
mod knowledge;
mod language;
mod notes;
mod owner;
mod passage;
mod phrases;
mod question;
mod reply;
mod substitute;
mod topics;
mod words;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use contract::limits::HISTORY_TOKENS;

use super::{Answer, Chunk, Delivery, Limits, Model, ModelError, Stop};
use crate::clock::Deadline;
use crate::prompt::{Prompt, SystemPrompt};

use knowledge::Knowledge;
use reply::Exchange;
pub use substitute::{Substitute, contact};

#[derive(Debug, Default)]
pub struct Builtin {
    knowledge: Arc<Cache>,
}

/// The index of the current data files.
#[derive(Debug, Default)]
struct Cache(Mutex<Option<(Arc<SystemPrompt>, Arc<Knowledge>)>>);

impl Cache {
    /// Returns the index of the data files, which is built once for each system prompt.
    fn get(&self, prompt: &Arc<SystemPrompt>) -> Arc<Knowledge> {
        let mut cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match cached.as_ref() {
            Some((known, knowledge)) if Arc::ptr_eq(known, prompt) => Arc::clone(knowledge),
            _ => {
                let knowledge = Arc::new(Knowledge::new(&prompt.persona));
                *cached = Some((Arc::clone(prompt), Arc::clone(&knowledge)));
                knowledge
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
        let (cache, prompt) = (Arc::clone(&self.knowledge), prompt.clone());
        // Large data files take long to index, which would block the thread that serves all requests.
        let text = tokio::task::spawn_blocking(move || {
            let (question, before) = prompt.turns.split_last()?;
            let pairs = before.chunks_exact(2);
            let history: Vec<Exchange<'_>> =
                pairs.map(|pair| Exchange { question: &pair[0].text, answer: &pair[1].text }).collect();
            let year = prompt.today.rsplit(' ').next();
            let year = year.and_then(|year| year.trim_end_matches('.').parse().ok()).unwrap_or_default();
            Some(reply::reply(&cache.get(&prompt.system), &history, &question.text, year))
        });
        let text = text.await.map_err(|_| ModelError::Truncated)?.ok_or(ModelError::Empty)?;
        let chunks: Vec<Chunk> = match delivery {
            Delivery::Full => vec![Chunk::Text(text)],
            Delivery::Streamed => {
                text.split_inclusive(' ').map(|word| Chunk::Text(word.to_owned())).collect()
            }
        };
        Ok(Answer::full(chunks.into_iter().chain([Chunk::Stop(Stop::Done)]), deadline))
    }

    async fn limits(&self, _deadline: Deadline) -> Limits {
        Limits { system: usize::MAX, history: HISTORY_TOKENS }
    }

    fn can_summarize(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests;
