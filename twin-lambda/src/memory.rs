//! What was said in each conversation: one get and one conditional put a turn.

mod conversation;

use std::sync::Arc;
use std::time::Duration;

use contract::key::Form;

use crate::clock;
use crate::session::SessionId;
use crate::store::{Put, Seen, Store, StoreError, Tag};

pub use conversation::{Conversation, Message, Role};

/// Two tabs rarely write at once; more tries than this mean that something else is wrong.
const TRIES: u32 = 10;

#[derive(Clone, Debug)]
pub struct Memory(Arc<dyn Store>);

/// A conversation as it was found.
#[derive(Debug)]
pub struct Loaded {
    pub conversation: Conversation,
    tag: Option<Tag>,
}

impl Loaded {
    /// A conversation that only just got its id: there is nothing to read.
    pub fn nothing() -> Self {
        Self { conversation: Conversation::empty(), tag: None }
    }
}

impl Memory {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    /// The common form is looked for first; only an unknown id costs a second look.
    pub async fn load(&self, id: &SessionId) -> Result<Loaded, StoreError> {
        for form in Form::ALL {
            let key = form.key(id.as_str());
            if let Some(object) = self.0.get(&key).await? {
                let conversation = Conversation::parse(form, id, &object.body)
                    .map_err(|error| StoreError::Malformed(key, error))?;
                return Ok(Loaded { conversation, tag: Some(object.tag) });
            }
        }
        Ok(Loaded::nothing())
    }

    /// Adds one turn; where somebody else wrote in between, theirs is kept and ours follows it.
    pub async fn append(&self, id: &SessionId, loaded: Loaded, turn: [Message; 2]) -> Result<(), StoreError> {
        let Loaded { mut conversation, mut tag } = loaded;
        for attempt in 0..TRIES {
            conversation.push(turn.clone());
            let key = conversation.form().key(id.as_str());
            let seen = tag.map_or(Seen::Nothing, Seen::Version);
            match self.0.put(&key, conversation.to_json().into(), seen).await? {
                Put::Written => return Ok(()),
                Put::Conflict => clock::pause(Duration::from_millis(u64::from(5 * attempt))).await,
            }
            Loaded { conversation, tag } = self.load(id).await?;
            if conversation.has(&turn) {
                // The write arrived and only its answer was lost.
                return Ok(());
            }
        }
        Err(StoreError::Contended(conversation.form().key(id.as_str())))
    }

    pub async fn delete(&self, id: &SessionId) -> Result<(), StoreError> {
        for form in Form::ALL {
            self.0.delete(&form.key(id.as_str())).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
