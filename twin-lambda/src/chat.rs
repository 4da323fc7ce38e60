//! A turn of a conversation, from the visitor's message to the twin's answer.

mod generate;

use std::sync::Arc;
use std::time::Duration;

use contract::api::memory::{NOT_READ, NOT_SAVED};
use contract::limits::{ANSWER_TOKENS, HISTORY_TOKENS};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use crate::clock::{self, Deadline};
use crate::error::ApiError;
use crate::loader::{LoadError, PersonaLoader};
use crate::log::{Record, error_chain, millis_since};
use crate::memory::{Changed, Conversation, Loaded, Memory, Message, NewTurn, Role, SaveError};
use crate::model::{Delivery, Model};
use crate::prompt::{self, SystemPrompt};
use crate::questions::Questions;
use crate::session::{SessionId, TurnId};

/// Time that is reserved after the model's answer, to save the turn or to report an error.
const SAVE_MARGIN: Duration = Duration::from_millis(1500);
/// Time that is reserved after saving, to send the answer.
const REPLY_MARGIN: Duration = Duration::from_millis(300);

#[derive(Debug)]
pub struct Twin {
    pub persona: PersonaLoader,
    pub memory: Memory,
    pub questions: Questions,
    pub model: Box<dyn Model>,
    pub turns_per_minute: u32,
}

#[derive(Debug)]
pub struct ChatRequest {
    pub session: Option<SessionId>,
    pub message: String,
    pub turn: TurnId,
    /// The turns that this one replaces.
    pub replaces: Vec<TurnId>,
    pub deadline: Deadline,
    pub delivery: Delivery,
}

#[derive(Debug)]
pub struct ChatReply {
    pub response: String,
    pub session: SessionId,
    pub turn: TurnId,
    pub timestamp: Timestamp,
    pub memory_problem: Option<MemoryProblem>,
}

/// A part of a streamed answer.
#[derive(Debug)]
pub enum Event {
    Session { session: SessionId, turn: TurnId, memory_problem: Option<MemoryProblem> },
    Token(String),
}

/// Why a turn is not remembered. The twin answers without its memory, and tells the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryProblem {
    NotRead,
    NotSaved,
}

impl MemoryProblem {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotRead => NOT_READ,
            Self::NotSaved => NOT_SAVED,
        }
    }
}

impl From<LoadError> for ApiError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Missing => Self::PersonaMissing,
            LoadError::Store(error) => Self::PersonaUnreadable(error),
        }
    }
}

impl Twin {
    /// Answers a message: loads the conversation, builds the prompt, calls the model and saves the turn. A streamed answer
    /// is sent to `events` as it is received.
    pub async fn answer(
        &self,
        request: ChatRequest,
        events: Option<mpsc::Sender<Event>>,
        record: &Record,
    ) -> Result<ChatReply, ApiError> {
        let start = Instant::now();
        record.question(&request.message);
        let (system, loaded) = tokio::join!(self.persona.load(), self.load(request.session.as_ref(), record));
        let system = system?;
        self.check_size(&system)?;
        let session = request.session.clone().unwrap_or_else(SessionId::random);
        record.update(|fields| {
            fields.session = Some(session.hash());
            fields.load_ms = Some(millis_since(start));
        });
        let asked_at = clock::now();
        self.check_rate(loaded.as_ref(), asked_at)?;
        let kept = remaining_conversation(loaded.as_ref(), &request)?;
        let prompt = prompt::build(system, &kept.messages, &request.message, asked_at);

        let memory_problem = loaded.is_none().then_some(MemoryProblem::NotRead);
        if let Some(events) = &events {
            let (session, turn) = (session.clone(), request.turn.clone());
            let event = Event::Session { session, turn, memory_problem };
            events.send(event).await.map_err(|_| ApiError::ClientGone)?;
        }
        let deadline = request.deadline.earlier_by(SAVE_MARGIN);
        let answer = self.generate(&prompt, request.delivery, deadline, events.as_ref(), record).await?;

        let timestamp = clock::now();
        let unanswered = answer.findings.unanswered.then(|| request.message.clone());
        let turn = NewTurn {
            id: request.turn,
            replaces: request.replaces,
            question: Message::new(Role::User, request.message, asked_at),
            answer: Message::new(Role::Assistant, answer.text.clone(), timestamp),
        };
        let (saved, ()) = tokio::join!(
            self.save(&session, loaded, &turn, request.deadline, record),
            self.record_unanswered(unanswered, asked_at, request.deadline, record),
        );
        let memory_problem = memory_problem.or(saved?);
        Ok(ChatReply { response: answer.text, session, turn: turn.id, timestamp, memory_problem })
    }

    /// Reads the data files, so that the first visitor does not wait for them.
    pub async fn prepare(&self) {
        // A failure is logged, and the first message tries again.
        drop(self.persona.load().await);
    }

    pub async fn history(&self, session: &SessionId) -> Result<Vec<Message>, ApiError> {
        let loaded = self.memory.load(session).await.map_err(ApiError::Memory)?;
        Ok(loaded.conversation.visible())
    }

    pub async fn delete(&self, session: &SessionId) -> Result<(), ApiError> {
        self.memory.delete(session).await.map_err(ApiError::Memory)
    }

    /// Loads the conversation. Returns `None` if it cannot be read.
    async fn load(&self, session: Option<&SessionId>, record: &Record) -> Option<Loaded> {
        let Some(session) = session else {
            return Some(Loaded::empty());
        };
        let loaded = self.memory.load(session).await;
        loaded.map_err(|error| record.warn(error_chain(&error))).ok()
    }

    fn check_size(&self, system: &Arc<SystemPrompt>) -> Result<(), ApiError> {
        let limit = self.model.context_tokens().saturating_sub(HISTORY_TOKENS + ANSWER_TOKENS);
        if system.tokens > limit {
            return Err(ApiError::PersonaTooLarge { tokens: system.tokens, limit });
        }
        Ok(())
    }

    fn check_rate(&self, loaded: Option<&Loaded>, now: Timestamp) -> Result<(), ApiError> {
        let Some(loaded) = loaded.filter(|_| self.turns_per_minute > 0) else {
            return Ok(());
        };
        let (turns, retry_after) = loaded.conversation.turns_in_last_minute(now);
        if turns >= self.turns_per_minute { Err(ApiError::TooManyTurns { retry_after }) } else { Ok(()) }
    }

    /// Saves the turn, and returns why it is not remembered, if that failed. If the conversation could not be read, it is not
    /// saved, because that would overwrite it.
    async fn save(
        &self,
        session: &SessionId,
        loaded: Option<Loaded>,
        turn: &NewTurn,
        deadline: Deadline,
        record: &Record,
    ) -> Result<Option<MemoryProblem>, ApiError> {
        let Some(loaded) = loaded else { return Ok(None) };
        let start = Instant::now();
        let append = self.memory.append(session, loaded, turn);
        let saved = timeout_at(deadline.earlier_by(REPLY_MARGIN).instant(), append).await;
        record.update(|fields| fields.save_ms = Some(millis_since(start)));
        record.warn(match saved {
            Ok(Ok(())) => return Ok(None),
            Ok(Err(SaveError::Changed)) => return Err(ApiError::ConversationChanged),
            Ok(Err(SaveError::Store(error))) => error_chain(&error),
            Err(_) => "saving the turn timed out".to_owned(),
        });
        Ok(Some(MemoryProblem::NotSaved))
    }

    async fn record_unanswered(
        &self,
        question: Option<String>,
        asked_at: Timestamp,
        deadline: Deadline,
        record: &Record,
    ) {
        let Some(question) = question else { return };
        record.update(|fields| fields.unanswered = true);
        let recorded = self.questions.record(&question, asked_at);
        match timeout_at(deadline.earlier_by(REPLY_MARGIN).instant(), recorded).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => record.warn(error_chain(&error)),
            Err(_) => record.warn("saving the unanswered question timed out".to_owned()),
        }
    }
}

/// Returns the conversation without the turns that the request replaces. Fails if the page has an old view of it.
fn remaining_conversation(loaded: Option<&Loaded>, request: &ChatRequest) -> Result<Conversation, ApiError> {
    let Some(loaded) = loaded else { return Ok(Conversation::empty()) };
    let mut conversation = loaded.conversation.clone();
    let cut =
        if conversation.contains(&request.turn) { Err(Changed) } else { conversation.cut(&request.replaces) };
    cut.map_err(|Changed| ApiError::ConversationChanged)?;
    Ok(conversation)
}

#[cfg(test)]
mod tests;
