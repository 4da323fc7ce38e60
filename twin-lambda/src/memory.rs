//! Stored conversations. A turn costs one read and one conditional write.

mod conversation;
mod deletion;
mod stop;
mod summary;
mod turn;

use std::sync::Arc;
use std::time::Duration;

use contract::key::Form;

use crate::clock;
use crate::session::{SessionId, TurnId};
use crate::store::{Counted, Object, Precondition, PutResult, Store, StoreError, Version};

pub use conversation::{Conversation, Message, Role};
pub use summary::{Summary, newest_summary};
pub use turn::{Changed, NewTurn};

/// Maximum number of attempts to write a conversation. Conflicts are rare, because they need two tabs that write at the
/// same time.
const ATTEMPTS: u32 = 10;

#[derive(Clone, Debug)]
pub struct Memory(Arc<dyn Store>);

/// Why a turn was not saved.
#[derive(Debug)]
pub enum SaveError {
    Store(StoreError),
    /// Another request changed the conversation, so that the turn has no place in it.
    Changed,
}

/// A conversation and the version that was read.
#[derive(Debug)]
pub struct Loaded {
    pub conversation: Conversation,
    version: Option<Version>,
    first: FirstRead,
}

/// The result of a request's first read. The request saves nothing if the conversation was deleted after it.
#[derive(Clone, Debug, Default)]
pub struct FirstRead {
    existed: bool,
    deletion: Option<String>,
}

impl Loaded {
    /// Returns a conversation that is not stored yet.
    pub fn empty() -> Self {
        Self::new(Conversation::empty(), None)
    }

    fn new(conversation: Conversation, version: Option<Version>) -> Self {
        let first = FirstRead { existed: version.is_some(), deletion: conversation.deletion.clone() };
        Self { conversation, version, first }
    }

    pub fn first_read(&self) -> &FirstRead {
        &self.first
    }

    /// Makes this a later read of a request.
    #[must_use]
    pub fn after(self, first: FirstRead) -> Self {
        Self { first, ..self }
    }

    /// Returns whether the conversation was deleted after the first read of the request.
    fn was_deleted(&self) -> bool {
        let is_missing = self.first.existed && self.version.is_none();
        is_missing || self.conversation.deletion != self.first.deletion
    }
}

impl Memory {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    /// Reads a conversation. The common form is tried first, so only a new session costs a second read.
    pub async fn load(&self, id: &SessionId) -> Result<Loaded, StoreError> {
        for form in Form::ALL {
            if let Some(object) = self.get(id, form).await? {
                let conversation = Conversation::parse(form, id, &object.body)
                    .map_err(|error| StoreError::Malformed(name(id), error))?;
                return Ok(Loaded::new(conversation, Some(object.version)));
            }
        }
        Ok(Loaded::empty())
    }

    /// Adds a turn in place of those that it replaces. If another process wrote in between, its turns are kept and this one is
    /// added after them. If the conversation was deleted after the first read, the turn is not saved.
    pub async fn append(&self, id: &SessionId, loaded: Loaded, turn: &NewTurn) -> Result<(), SaveError> {
        let mut loaded = loaded;
        for attempt in 0..ATTEMPTS {
            if loaded.was_deleted() {
                self.remove_placeholder(id, loaded, &turn.id).await?;
                return Err(StoreError::Deleted(name(id)).into());
            }
            let Loaded { mut conversation, version, first } = loaded;
            let counted = if conversation.has_turns() { Counted::No } else { Counted::Conversation };
            conversation.add(turn)?;
            match self.put(id, &conversation, version, counted).await? {
                PutResult::Written => return Ok(()),
                PutResult::Conflict => pause_before_retry(attempt).await,
            }
            loaded = self.load(id).await?.after(first);
            match loaded.conversation.has_saved(turn) {
                None => {}
                // Our write succeeded, but its response was lost and the retry conflicted with it.
                Some(true) => return Ok(()),
                // A browser sent the question twice, and the other request has answered it.
                Some(false) => return Err(SaveError::Changed),
            }
        }
        Err(StoreError::Contended(name(id)).into())
    }

    /// Removes the placeholder of a turn that is not saved, so that the next question does not wait for it.
    async fn remove_placeholder(
        &self,
        id: &SessionId,
        loaded: Loaded,
        turn: &TurnId,
    ) -> Result<(), StoreError> {
        let Loaded { mut conversation, version, .. } = loaded;
        if conversation.remove_placeholder(turn) {
            let counted = of_update(&conversation);
            // After a conflict, the placeholder stays until it expires.
            self.put(id, &conversation, version, counted).await?;
        }
        Ok(())
    }

    /// Cuts the answer of a turn to its first `shown` characters, as soon as it is stored. Returns whether it is stored now.
    pub async fn stop(&self, id: &SessionId, turn: &TurnId, shown: usize) -> Result<bool, StoreError> {
        for attempt in 0..ATTEMPTS {
            let Loaded { mut conversation, version, .. } = self.load(id).await?;
            let stop = conversation.stop(turn, shown, clock::now());
            if !stop.is_changed {
                return Ok(stop.is_stored);
            }
            let counted = of_update(&conversation);
            match self.put(id, &conversation, version, counted).await? {
                PutResult::Written => return Ok(stop.is_stored),
                PutResult::Conflict => pause_before_retry(attempt).await,
            }
        }
        Err(StoreError::Contended(name(id)))
    }

    /// Deletes a conversation, and prevents turns that are still being generated from being saved.
    pub async fn delete(&self, id: &SessionId) -> Result<(), StoreError> {
        let hide_id = |error| hide_id(id, error);
        // The object form is deleted first. Readers ignore it once the tombstone is stored, so a failure after that would
        // leave it behind unnoticed.
        let is_object = self.get(id, Form::Object).await?.is_some();
        if is_object {
            self.0.delete(&Form::Object.key(id.as_str())).await.map_err(hide_id)?;
        }
        // The tombstone of an existing conversation adds no file.
        let counted = if is_object { Counted::No } else { Counted::Placeholder };
        let key = Form::Array.key(id.as_str());
        for attempt in 0..ATTEMPTS {
            let tombstone = deletion::tombstone(&deletion::random_id());
            let put = self.0.put(&key, tombstone.into(), Precondition::Any, counted);
            match put.await.map_err(hide_id)? {
                PutResult::Written => return Ok(()),
                PutResult::Conflict => pause_before_retry(attempt).await,
            }
        }
        Err(StoreError::Contended(name(id)))
    }

    async fn get(&self, id: &SessionId, form: Form) -> Result<Option<Object>, StoreError> {
        self.0.get(&form.key(id.as_str())).await.map_err(|error| hide_id(id, error))
    }

    /// Writes a conversation if it still has the version that was read.
    async fn put(
        &self,
        id: &SessionId,
        conversation: &Conversation,
        version: Option<Version>,
        counted: Counted,
    ) -> Result<PutResult, StoreError> {
        let key = conversation.form().key(id.as_str());
        let precondition = version.map_or(Precondition::Absent, Precondition::Unchanged);
        let put = self.0.put(&key, conversation.to_json().into(), precondition, counted);
        put.await.map_err(|error| hide_id(id, error))
    }
}

/// Returns how a write that adds no turn to a conversation counts.
fn of_update(conversation: &Conversation) -> Counted {
    if conversation.has_content() { Counted::No } else { Counted::Placeholder }
}

/// Returns the name of a conversation in errors. They are logged, so they must not contain its id.
fn name(id: &SessionId) -> String {
    format!("conversation {}", id.hash())
}

/// Replaces the name of a file, which contains the conversation's id.
fn hide_id(id: &SessionId, error: StoreError) -> StoreError {
    match error {
        StoreError::File(_, error) => StoreError::File(name(id), error),
        error => error,
    }
}

async fn pause_before_retry(attempt: u32) {
    clock::sleep(Duration::from_millis(u64::from(5 * attempt))).await;
}

impl From<StoreError> for SaveError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Changed> for SaveError {
    fn from(_: Changed) -> Self {
        Self::Changed
    }
}

#[cfg(test)]
mod tests;
