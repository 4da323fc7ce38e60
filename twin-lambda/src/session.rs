//! The ids of conversations and turns. Anyone who knows the id of a conversation can read it, so it is random, validated and
//! never logged.

use std::fmt;

use aws_smithy_types::base64;
use contract::{api::is_session_id, block};
use sha2::{Digest, Sha256};

#[derive(Clone, PartialEq, Eq)]
pub struct SessionId(String);

/// The text is not a session id.
#[derive(Debug, PartialEq, Eq)]
pub struct InvalidSessionId;

impl SessionId {
    pub fn parse(text: &str) -> Result<Self, InvalidSessionId> {
        if is_session_id(text) { Ok(Self(text.to_owned())) } else { Err(InvalidSessionId) }
    }

    /// Generates an id of 128 random bits.
    pub fn random() -> Self {
        Self(random_id())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns a short hash for logs. It identifies the conversation but gives no access to it.
    pub fn hash(&self) -> String {
        hex::encode(&Sha256::digest(&self.0)[..block::SESSION_BYTES])
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId(#{})", self.hash())
    }
}

/// The id of a turn in its conversation. The page chooses it, so that it can name a turn whose answer it has not received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TurnId(String);

impl TurnId {
    /// Parses an id. It has the form of a session id.
    pub fn parse(text: &str) -> Option<Self> {
        is_session_id(text).then(|| Self(text.to_owned()))
    }

    pub fn random() -> Self {
        Self(random_id())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns 128 random bits as 22 characters. Correlation ids have the same form.
pub fn random_id() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the kernel's random source works");
    base64::encode(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_ids_are_valid_and_differ() {
        let id = SessionId::random();
        assert!(SessionId::parse(id.as_str()).is_ok());
        assert_ne!(id, SessionId::random());
        assert!(!format!("{id:?}").contains(id.as_str()));
    }
}
