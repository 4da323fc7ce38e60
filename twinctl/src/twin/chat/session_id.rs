//! The id of a conversation.

use std::{fmt, str::FromStr};

use contract::api::is_session_id;
use serde::Serialize;

use crate::system::{clock, hash};

/// A valid session id. It gives access to the conversation, so it must be hard to guess.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SessionId(String);

impl SessionId {
    /// Returns a new id with 128 random bits. We choose it instead of the twin, so that an answer that was lost on the way
    /// can be read from the conversation.
    pub(crate) fn random() -> Self {
        let seed = format!("{}{}", clock::unique_id(), clock::unique_id());
        Self(format!("{:.32}", hash::sha256(seed)))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SessionId {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error =
            "a session ID has 1 to 64 letters, digits, dashes or underscores; omit it to start a new session";
        if is_session_id(text) { Ok(Self(text.to_owned())) } else { Err(error) }
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_ids_are_valid_and_unique() {
        let id = SessionId::random();
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        assert_ne!(id, SessionId::random());
        assert!(SessionId::from_str("../etc").is_err());
    }
}
