//! The name of a conversation.

use std::{fmt, str::FromStr};

use serde::Serialize;

use crate::system::{clock, hash};

/// 1 to 64 letters, digits, dashes or underscores. Whoever knows it can read the conversation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SessionId(String);

impl SessionId {
    /// One that nobody can guess: 128 random bits. Chosen here and not by the twin, so that an answer whose way here was
    /// lost can be looked up.
    pub(crate) fn random() -> Self {
        let seed = format!("{}{}", clock::unique_id(), clock::unique_id());
        Self(format!("{:.32}", hash::sha256(seed)))
    }
}

impl FromStr for SessionId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if (1..=64).contains(&text.len()) && text.bytes().all(fits) {
            return Ok(Self(text.to_owned()));
        }
        Err("a session has 1 to 64 letters, digits, dashes or underscores; leave it out to begin a new one"
            .to_owned())
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
    fn what_is_one_and_what_is_not() {
        let long = "x".repeat(64);
        let random = SessionId::random().to_string();
        for good in ["a", "session-1700000000000-x7f", "A_b-9", &long, &random] {
            assert_eq!(SessionId::from_str(good).map(|id| id.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", "a b", "../etc", "é", &format!("{long}x")] {
            assert!(SessionId::from_str(bad).is_err(), "{bad}");
        }
        assert_ne!(SessionId::random(), SessionId::random());
    }
}
