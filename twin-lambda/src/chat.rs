//! A turn of a conversation, from the visitor's message to the twin's answer.

mod generate;
mod summary;

use std::time::Duration;

use contract::api::memory::{NOT_READ, NOT_SAVED};
use contract::limits::QUESTION_TOKENS;
use futures_util::FutureExt as _;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use crate::budget::{Bill, Budget};
use crate::clock::{self, Deadline};
use crate::error::ApiError;
use crate::filter::Findings;
use crate::loader::{LoadError, PersonaLoader};
use crate::log::{Record, error_chain, millis_since};
use crate::memory::{
    Changed, Conversation, FirstRead, Loaded, Memory, Message, NewTurn, Role, SaveError, Summary,
};
use crate::model::{Delivery, Model};
use crate::prompt::{self, Prompt, SystemPrompt};
use crate::questions::Questions;
use crate::session::{SessionId, TurnId};
use crate::visitor::Visitor;

/// Time that is reserved after the model's answer, to save the turn or to report an error.
const SAVE_MARGIN: Duration = Duration::from_millis(1500);
/// Time that is reserved after saving, to send the answer.
const REPLY_MARGIN: Duration = Duration::from_millis(300);
/// The maximum time that a message waits for a stopped turn to be saved, and the pause between two reads of the
/// conversation.
const STOPPED_TURN_WAIT: Duration = Duration::from_secs(10);
const STOPPED_TURN_POLL: Duration = Duration::from_millis(250);
/// The question that twinctl has a new version answer.
const QUESTION: &str = "Who are you?";

#[derive(Debug)]
pub struct Twin {
    pub persona: PersonaLoader,
    pub memory: Memory,
    pub questions: Questions,
    pub model: Box<dyn Model>,
    /// The limit of what the model may cost, if any.
    pub budget: Option<Budget>,
    pub turns_per_minute: u32,
}

#[derive(Debug)]
pub struct ChatRequest {
    pub session: Option<SessionId>,
    pub visitor: Option<Visitor>,
    pub message: String,
    /// The id that the page chose. Only a page that chooses one can stop the turn.
    pub turn: Option<TurnId>,
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
    /// The id of the last turn that a new summary covers.
    pub summarized: Option<String>,
    /// Whether the model was not asked, because the budget is used up.
    pub is_over_budget: bool,
}

/// The model's answer.
#[derive(Debug, Default)]
struct Answer {
    text: String,
    findings: Findings,
    /// Whether the visitor disconnected before the end. `text` is what was sent.
    is_interrupted: bool,
    /// Whether the model was not asked, because the budget is used up.
    is_over_budget: bool,
}

/// A turn that is being answered.
struct Exchange {
    session: SessionId,
    turn: TurnId,
    asked_at: Timestamp,
    memory_problem: Option<MemoryProblem>,
    summary: Option<Summary>,
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
            LoadError::Paused { message } => Self::Paused { message },
            LoadError::Blocked => Self::Blocked,
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
        // While the chat is paused or the visitor is blocked, the conversation is not read.
        let (session, visitor) = (request.session.as_ref(), request.visitor.as_ref());
        let system = self.persona.load_for_visitor(session, visitor);
        let (system, loaded) = tokio::try_join!(system, self.load(&request, record).map(Ok))?;
        let history_tokens = self.check_size(&system, request.deadline).await?;
        let session = request.session.clone().unwrap_or_else(SessionId::random);
        let turn = request.turn.clone().unwrap_or_else(TurnId::random);
        record.update(|fields| {
            fields.session = Some(session.hash());
            fields.load_ms = Some(millis_since(start));
        });
        let asked_at = clock::now();
        self.check_rate(loaded.as_ref(), asked_at)?;
        let mut before = conversation_before(loaded.as_ref(), &turn, &request.replaces)?;

        let memory_problem = loaded.is_none().then_some(MemoryProblem::NotRead);
        record.update(|fields| fields.memory = memory_problem.map(MemoryProblem::as_str));
        let is_connected = match &events {
            None => true,
            Some(events) => {
                let (session, turn) = (session.clone(), turn.clone());
                events.send(Event::Session { session, turn, memory_problem }).await.is_ok()
            }
        };
        let deadline = request.deadline.earlier_by(SAVE_MARGIN);
        let mut summary = None;
        let mut bill = Bill::open(self.budget.as_ref(), asked_at);
        let answer = if is_connected {
            summary = self.summarize(&mut before, &system, history_tokens, deadline, &mut bill, record).await;
            let prompt = prompt::build(system, &before.messages, &request.message, history_tokens, asked_at);
            let (delivery, events) = (request.delivery, events.as_ref());
            match self.generate(&prompt, delivery, deadline, events, &mut bill, record).await {
                Err(ApiError::BudgetReached) => Ok(self.decline(&prompt, events).await),
                answer => answer,
            }
        } else {
            Ok(Answer { is_interrupted: true, ..Answer::default() })
        };
        let exchange = Exchange { session, turn, asked_at, memory_problem, summary };
        let settled = bill.settle(request.deadline.earlier_by(REPLY_MARGIN), record);
        let (reply, ()) = tokio::join!(self.conclude(request, exchange, loaded, answer, record), settled);
        reply
    }

    /// Saves a turn whose answer is complete, or was interrupted.
    async fn conclude(
        &self,
        request: ChatRequest,
        exchange: Exchange,
        loaded: Option<Loaded>,
        answer: Result<Answer, ApiError>,
        record: &Record,
    ) -> Result<ChatReply, ApiError> {
        let Exchange { session, turn, asked_at, memory_problem, summary } = exchange;
        let summarized = summary.as_ref().map(|summary| summary.turn.clone());
        let timestamp = clock::now();
        let is_named = request.turn.is_some();
        let unanswered =
            answer.as_ref().is_ok_and(|answer| answer.findings.unanswered).then(|| request.message.clone());
        let new_turn = |answer: Message| NewTurn {
            id: turn.clone(),
            replaces: request.replaces.clone(),
            question: Message::new(Role::User, request.message.clone(), asked_at),
            answer,
            summary: summary.clone(),
        };
        let message = |text: &str| Message::new(Role::Assistant, text.to_owned(), timestamp);
        match answer {
            Ok(answer) if answer.is_interrupted => {
                // A visitor who does not receive the answer as a stream has seen nothing of it.
                let shown = if request.delivery == Delivery::Streamed { answer.text.as_str() } else { "" };
                if is_named {
                    let turn = new_turn(message(shown).stopped());
                    self.save(&session, loaded, &turn, request.deadline, record).await?;
                }
                Err(ApiError::ClientGone)
            }
            Ok(answer) => {
                let (new_turn, is_over_budget) = (new_turn(message(&answer.text)), answer.is_over_budget);
                let (saved, ()) = tokio::join!(
                    self.save(&session, loaded, &new_turn, request.deadline, record),
                    self.record_unanswered(unanswered, asked_at, request.deadline, record),
                );
                let memory_problem = memory_problem.or(saved?);
                record.update(|fields| fields.memory = memory_problem.map(MemoryProblem::as_str));
                let response = answer.text;
                Ok(ChatReply {
                    response,
                    session,
                    turn,
                    timestamp,
                    memory_problem,
                    summarized,
                    is_over_budget,
                })
            }
            Err(error) => {
                if is_named && let Some(loaded) = loaded {
                    let turn = new_turn(message("").stopped());
                    let first = loaded.first_read();
                    self.save_if_stopped(&session, first, &turn, request.deadline, record).await;
                }
                Err(error)
            }
        }
    }

    /// Answers a fixed question like a visitor's message, from the data files and a new conversation. The answer is
    /// short, and nothing is saved. Unlike a visitor's message, it fails if the memory cannot be read.
    pub async fn answer_question(&self, deadline: Deadline, record: &Record) -> Result<String, ApiError> {
        let session = SessionId::random();
        let (system, loaded) = tokio::join!(self.persona.load(), self.memory.load(&session));
        let system = system?;
        let history_tokens = self.check_size(&system, deadline).await?;
        let history = loaded.map_err(ApiError::Memory)?.conversation.messages;
        let prompt = prompt::build(system, &history, QUESTION, history_tokens, clock::now());
        let prompt = Prompt { answer_tokens: QUESTION_TOKENS, ..prompt };
        let deadline = deadline.earlier_by(SAVE_MARGIN);
        let mut bill = Bill::open(self.budget.as_ref(), clock::now());
        let answer = self.generate(&prompt, Delivery::Full, deadline, None, &mut bill, record).await;
        bill.settle(deadline, record).await;
        Ok(answer?.text)
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

    /// Cuts the answer of a turn to its first `shown` characters. Returns false if the turn is still being generated; it is
    /// cut when it is saved.
    pub async fn stop(&self, session: &SessionId, turn: &TurnId, shown: usize) -> Result<bool, ApiError> {
        self.memory.stop(session, turn, shown).await.map_err(ApiError::Memory)
    }

    /// Loads the conversation. Returns `None` if it cannot be read. If another request is still generating a stopped
    /// turn, waits for it, because the model has to see that turn.
    async fn load(&self, request: &ChatRequest, record: &Record) -> Option<Loaded> {
        let Some(session) = &request.session else {
            return Some(Loaded::empty());
        };
        let until = Instant::now() + STOPPED_TURN_WAIT.min(request.deadline.remaining() / 3);
        let mut first: Option<FirstRead> = None;
        let others: Vec<TurnId> = request.replaces.iter().chain(&request.turn).cloned().collect();
        loop {
            let loaded = self.memory.load(session).await;
            let loaded = loaded.map_err(|error| record.warn(error_chain(&error))).ok()?;
            let first = first.get_or_insert_with(|| loaded.first_read().clone());
            let loaded = loaded.after(first.clone());
            if !loaded.conversation.awaits_turn(&others, clock::now()) || Instant::now() >= until {
                return Some(loaded);
            }
            clock::sleep(STOPPED_TURN_POLL).await;
        }
    }

    /// Returns the maximum number of tokens of the conversation. Fails if the system prompt does not fit.
    async fn check_size(&self, system: &SystemPrompt, deadline: Deadline) -> Result<usize, ApiError> {
        let limits = self.model.limits(deadline).await;
        if system.tokens > limits.system {
            return Err(ApiError::PersonaTooLarge { tokens: system.tokens, limit: limits.system });
        }
        Ok(limits.history)
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

    /// Saves a turn that failed, if the visitor has stopped it meanwhile.
    async fn save_if_stopped(
        &self,
        session: &SessionId,
        first: &FirstRead,
        turn: &NewTurn,
        deadline: Deadline,
        record: &Record,
    ) {
        let load = timeout_at(deadline.earlier_by(REPLY_MARGIN).instant(), self.memory.load(session));
        if let Ok(Ok(loaded)) = load.await
            && loaded.conversation.is_pending(&turn.id)
        {
            // A failure is logged, and the placeholder expires.
            let loaded = loaded.after(first.clone());
            drop(self.save(session, Some(loaded), turn, deadline, record).await);
        }
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

/// Returns the conversation that precedes a turn. Fails if the page has an old view of it.
fn conversation_before(
    loaded: Option<&Loaded>,
    turn: &TurnId,
    replaces: &[TurnId],
) -> Result<Conversation, ApiError> {
    let Some(loaded) = loaded else { return Ok(Conversation::empty()) };
    loaded.conversation.before(turn, replaces).map_err(|Changed| ApiError::ConversationChanged)
}

#[cfg(test)]
mod tests;
