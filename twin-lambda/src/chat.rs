//! The whole step from a message to its answer.

mod speak;

use std::sync::Arc;
use std::time::Duration;

use contract::api::memory::{NOT_READ, NOT_SAVED};
use contract::limits::{ANSWER_TOKENS, HISTORY_TOKENS};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use crate::clock::{self, Deadline};
use crate::error::{ApiError, chain};
use crate::log::{Record, millis_since};
use crate::memory::{Loaded, Memory, Message, Role};
use crate::model::{Delivery, Model};
use crate::persona;
use crate::prompt::{self, Brief};
use crate::questions::Questions;
use crate::session::SessionId;

/// Kept of the time that a turn has, to remember it and to say what went wrong.
const AFTERWARDS: Duration = Duration::from_millis(1500);

/// Kept of that to send the answer, whatever the memory does.
const TO_REPLY: Duration = Duration::from_millis(300);

#[derive(Debug)]
pub struct Twin {
    pub persona: persona::Source,
    pub memory: Memory,
    pub questions: Questions,
    pub model: Box<dyn Model>,
    pub turns_per_minute: u32,
}

#[derive(Debug)]
pub struct Ask {
    pub session: Option<SessionId>,
    pub message: String,
    pub deadline: Deadline,
    pub delivery: Delivery,
}

#[derive(Debug)]
pub struct Reply {
    pub response: String,
    pub session: SessionId,
    pub timestamp: Timestamp,
    pub memory_trouble: Option<MemoryTrouble>,
}

/// What a streamed answer tells on its way.
#[derive(Debug)]
pub enum Event {
    Session { session: SessionId, memory_trouble: Option<MemoryTrouble> },
    Token(String),
}

/// The twin answers without its memory rather than not at all, and says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryTrouble {
    NotRead,
    NotSaved,
}

impl MemoryTrouble {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotRead => NOT_READ,
            Self::NotSaved => NOT_SAVED,
        }
    }
}

impl Twin {
    /// From the message to the answer: load, build the prompt, ask the model, remember.
    pub async fn answer(
        &self,
        ask: Ask,
        events: Option<mpsc::Sender<Event>>,
        record: &Record,
    ) -> Result<Reply, ApiError> {
        let start = Instant::now();
        record.question(&ask.message);
        let (brief, loaded) = tokio::join!(self.persona.load(), self.load(ask.session.as_ref(), record));
        let brief = brief?;
        self.fits(&brief)?;
        let session = ask.session.unwrap_or_else(SessionId::random);
        record.note(|fields| {
            fields.session = Some(session.hash());
            fields.load_ms = Some(millis_since(start));
        });
        let asked_at = clock::now();
        let history = loaded.as_ref().map_or(&[][..], |loaded| &loaded.conversation.messages);
        self.not_too_often(loaded.as_ref(), asked_at)?;
        let prompt = prompt::build(brief, history, &ask.message, asked_at);

        let memory_trouble = loaded.is_none().then_some(MemoryTrouble::NotRead);
        if let Some(events) = &events {
            let event = Event::Session { session: session.clone(), memory_trouble };
            events.send(event).await.map_err(|_| ApiError::ClientGone)?;
        }
        let deadline = ask.deadline.less(AFTERWARDS);
        let spoken = self.speak(&prompt, ask.delivery, deadline, events.as_ref(), record).await?;

        let timestamp = clock::now();
        let noted = spoken.found.unanswered.then(|| ask.message.clone());
        let turn = [
            Message::new(Role::User, ask.message, asked_at),
            Message::new(Role::Assistant, spoken.text.clone(), timestamp),
        ];
        let (saved, ()) = tokio::join!(
            self.remember(&session, loaded, turn, ask.deadline, record),
            self.note_unanswered(noted, asked_at, ask.deadline, record),
        );
        Ok(Reply {
            response: spoken.text,
            session,
            timestamp,
            memory_trouble: memory_trouble.or(saved.err()),
        })
    }

    /// Reads the persona before the first visitor comes.
    pub async fn prepare(&self) {
        // Its trouble is in the log, and is met again with the first message.
        drop(self.persona.load().await);
    }

    pub async fn history(&self, session: &SessionId) -> Result<Vec<Message>, ApiError> {
        let loaded = self.memory.load(session).await.map_err(ApiError::Memory)?;
        Ok(loaded.conversation.messages)
    }

    pub async fn forget(&self, session: &SessionId) -> Result<(), ApiError> {
        self.memory.delete(session).await.map_err(ApiError::Memory)
    }

    /// `None` where the memory is away.
    async fn load(&self, session: Option<&SessionId>, record: &Record) -> Option<Loaded> {
        let Some(session) = session else {
            return Some(Loaded::nothing());
        };
        let loaded = self.memory.load(session).await;
        loaded.map_err(|error| record.warn(chain(&error))).ok()
    }

    fn fits(&self, brief: &Arc<Brief>) -> Result<(), ApiError> {
        let limit = self.model.context_tokens().saturating_sub(HISTORY_TOKENS + ANSWER_TOKENS);
        if brief.tokens > limit {
            return Err(ApiError::PersonaTooLarge { tokens: brief.tokens, limit });
        }
        Ok(())
    }

    fn not_too_often(&self, loaded: Option<&Loaded>, now: Timestamp) -> Result<(), ApiError> {
        let Some(loaded) = loaded.filter(|_| self.turns_per_minute > 0) else {
            return Ok(());
        };
        let (turns, retry_after) = loaded.conversation.turns_in_last_minute(now);
        if turns >= self.turns_per_minute { Err(ApiError::TooManyTurns { retry_after }) } else { Ok(()) }
    }

    /// What could not be read is not written either: it would replace what is there.
    async fn remember(
        &self,
        session: &SessionId,
        loaded: Option<Loaded>,
        turn: [Message; 2],
        deadline: Deadline,
        record: &Record,
    ) -> Result<(), MemoryTrouble> {
        let Some(loaded) = loaded else { return Ok(()) };
        let start = Instant::now();
        let append = self.memory.append(session, loaded, turn);
        let saved = timeout_at(deadline.less(TO_REPLY).instant(), append).await;
        record.note(|fields| fields.save_ms = Some(millis_since(start)));
        let mistake = match saved {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => chain(&error),
            Err(_) => "the memory did not take the turn in time".to_owned(),
        };
        record.warn(mistake);
        Err(MemoryTrouble::NotSaved)
    }

    async fn note_unanswered(
        &self,
        question: Option<String>,
        asked_at: Timestamp,
        deadline: Deadline,
        record: &Record,
    ) {
        let Some(question) = question else { return };
        record.note(|fields| fields.unanswered = true);
        let note = self.questions.note(&question, asked_at);
        match timeout_at(deadline.less(TO_REPLY).instant(), note).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => record.warn(chain(&error)),
            Err(_) => record.warn("the question was not noted in time".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests;
