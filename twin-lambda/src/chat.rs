//! The whole step from a message to its answer.

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::clock::{self, Deadline};
use crate::error::{ApiError, chain};
use crate::log::{Record, millis_since};
use crate::memory::{Loaded, Memory, Message, Role};
use crate::model::{Delivery, Model, Piece};
use crate::persona;
use crate::prompt;
use crate::session::SessionId;

#[derive(Debug)]
pub struct Twin {
    pub persona: persona::Source,
    pub memory: Memory,
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
            Self::NotRead => "not-read",
            Self::NotSaved => "not-saved",
        }
    }
}

impl Twin {
    pub async fn answer(
        &self,
        ask: Ask,
        events: Option<mpsc::Sender<Event>>,
        record: &Record,
    ) -> Result<Reply, ApiError> {
        let start = Instant::now();
        record.question(&ask.message);
        let (persona, loaded) = tokio::join!(self.persona.load(), self.load(ask.session.as_ref(), record));
        let persona = persona?;
        let session = ask.session.unwrap_or_else(SessionId::random);
        record.note(|fields| {
            fields.session = Some(session.hash());
            fields.load_ms = Some(millis_since(start));
        });
        let mut trouble = loaded.is_none().then_some(MemoryTrouble::NotRead);
        let history = loaded.as_ref().map_or(&[][..], |loaded| &loaded.conversation.messages);
        let asked_at = clock::now();
        let prompt = prompt::build(&prompt::fixed(&persona), history, &ask.message, asked_at);
        if let Some(events) = &events {
            let event = Event::Session { session: session.clone(), memory_trouble: trouble };
            events.send(event).await.map_err(|_| ApiError::ClientGone)?;
        }
        let mut answer =
            self.model.ask(&prompt, ask.delivery, ask.deadline).await.map_err(ApiError::Model)?;
        let mut response = String::new();
        while let Some(piece) = answer.next().await.map_err(ApiError::Model)? {
            if let Piece::Text(text) = piece {
                response.push_str(&text);
                if let Some(events) = &events {
                    events.send(Event::Token(text)).await.map_err(|_| ApiError::ClientGone)?;
                }
            }
        }
        let timestamp = clock::now();
        let turn = [
            Message::new(Role::User, ask.message, asked_at),
            Message::new(Role::Assistant, response.clone(), timestamp),
        ];
        if let Some(loaded) = loaded
            && let Err(error) = self.memory.append(&session, loaded, turn).await
        {
            record.warn(chain(&error));
            trouble = Some(MemoryTrouble::NotSaved);
        }
        Ok(Reply { response, session, timestamp, memory_trouble: trouble })
    }

    async fn load(&self, session: Option<&SessionId>, record: &Record) -> Option<Loaded> {
        let Some(session) = session else {
            return Some(Loaded::nothing());
        };
        let loaded = self.memory.load(session).await;
        loaded.map_err(|error| record.warn(chain(&error))).ok()
    }

    pub async fn history(&self, session: &SessionId) -> Result<Vec<Message>, ApiError> {
        let loaded = self.memory.load(session).await.map_err(ApiError::Memory)?;
        Ok(loaded.conversation.messages)
    }

    pub async fn forget(&self, session: &SessionId) -> Result<(), ApiError> {
        self.memory.delete(session).await.map_err(ApiError::Memory)
    }
}
