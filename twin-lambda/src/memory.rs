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
use crate::store::{Counted, Precondition, PutResult, Store, StoreError, Version};

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
}

impl Loaded {
    /// Returns a conversation that is not stored yet.
    pub fn empty() -> Self {
        Self { conversation: Conversation::empty(), version: None }
    }
}

impl Memory {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    /// Reads a conversation. The common form is tried first, so only a new session costs a second read.
    pub async fn load(&self, id: &SessionId) -> Result<Loaded, StoreError> {
        for form in Form::ALL {
            let key = form.key(id.as_str());
            if let Some(object) = self.0.get(&key).await? {
                let conversation = Conversation::parse(form, id, &object.body)
                    .map_err(|error| StoreError::Malformed(key, error))?;
                return Ok(Loaded { conversation, version: Some(object.version) });
            }
        }
        Ok(Loaded::empty())
    }

    /// Adds a turn in place of those that it replaces. If another process wrote in between, its turns are kept and this one is
    /// added after them. If the conversation was deleted in between, the turn is not saved.
    pub async fn append(&self, id: &SessionId, loaded: Loaded, turn: &NewTurn) -> Result<(), SaveError> {
        let Loaded { mut conversation, mut version } = loaded;
        let existed = version.is_some();
        let deletion = conversation.deletion.clone();
        for attempt in 0..ATTEMPTS {
            let counted = if conversation.has_turns() { Counted::No } else { Counted::Conversation };
            conversation.add(turn)?;
            let key = conversation.form().key(id.as_str());
            let precondition = version.map_or(Precondition::Absent, Precondition::Unchanged);
            match self.0.put(&key, conversation.to_json().into(), precondition, counted).await? {
                PutResult::Written => return Ok(()),
                PutResult::Conflict => clock::sleep(Duration::from_millis(u64::from(5 * attempt))).await,
            }
            Loaded { conversation, version } = self.load(id).await?;
            if conversation.contains(&turn.id) {
                // Our write succeeded, but its response was lost and the retry conflicted with it.
                return Ok(());
            }
            if conversation.deletion != deletion || (existed && version.is_none()) {
                return Err(StoreError::Deleted(conversation.form().key(id.as_str())).into());
            }
        }
        Err(StoreError::Contended(conversation.form().key(id.as_str())).into())
    }

    /// Cuts the answer of a turn to its first `shown` characters, as soon as it is stored. Returns whether it is stored now.
    pub async fn stop(&self, id: &SessionId, turn: &TurnId, shown: usize) -> Result<bool, StoreError> {
        for attempt in 0..ATTEMPTS {
            let Loaded { mut conversation, version } = self.load(id).await?;
            let stop = conversation.stop(turn, shown, clock::now());
            if !stop.is_changed {
                return Ok(stop.is_stored);
            }
            let key = conversation.form().key(id.as_str());
            let precondition = version.map_or(Precondition::Absent, Precondition::Unchanged);
            match self.0.put(&key, conversation.to_json().into(), precondition, Counted::Placeholder).await? {
                PutResult::Written => return Ok(stop.is_stored),
                PutResult::Conflict => clock::sleep(Duration::from_millis(u64::from(5 * attempt))).await,
            }
        }
        Err(StoreError::Contended(id.hash()))
    }

    /// Deletes a conversation, and prevents turns that are still being generated from being saved.
    pub async fn delete(&self, id: &SessionId) -> Result<(), StoreError> {
        let [first, second] = Form::ALL.map(|form| form.key(id.as_str()));
        self.0.put(&first, deletion::tombstone().into(), Precondition::Any, Counted::Placeholder).await?;
        self.0.delete(&second).await
    }
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
