//! The id of one conversation: whoever knows it can read it, so it is checked, random, and never logged.

use std::fmt;

use contract::api::is_session_id;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use sha2::{Digest, Sha256};

/// At most 64 of the letters, digits, `-` and `_`: safe as a part of an object key and of a file name.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionId(String);

/// The text is not a session id.
#[derive(Debug, PartialEq, Eq)]
pub struct NotASessionId;

impl SessionId {
    pub fn parse(text: &str) -> Result<Self, NotASessionId> {
        if is_session_id(text) { Ok(Self(text.to_owned())) } else { Err(NotASessionId) }
    }

    /// 128 random bits.
    pub fn random() -> Self {
        Self(random_text())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What logs carry: it tells conversations apart and opens none.
    pub fn hash(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(&self.0)[..6])
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId(#{})", self.hash())
    }
}

/// 22 letters of 128 random bits; also the form of our own correlation ids.
pub fn random_text() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the kernel's random source works");
    BASE64URL_NOPAD.encode(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_ids_are_valid_and_differ() {
        let one = SessionId::random();
        assert!(SessionId::parse(one.as_str()).is_ok());
        assert_ne!(one, SessionId::random());
        assert!(!format!("{one:?}").contains(one.as_str()));
    }
}
