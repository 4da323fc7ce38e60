//! The id of one conversation: whoever knows it can read it, so it is checked, random, and never logged.

use std::fmt;

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
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotASessionId)
        }
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
    fn takes_the_ids_that_pages_make() {
        for id in ["2f1f6f0a-5b0c-4f7e-9d5e-0c6c3f5a7b11", "session-1718000000000-a1b2c3d4e", "A", "_"] {
            assert_eq!(SessionId::parse(id).unwrap().as_str(), id);
        }
        assert!(SessionId::parse(&"a".repeat(64)).is_ok());
    }

    #[test]
    fn refuses_what_could_be_a_path() {
        for id in ["", ".", "..", "a/b", "a.json", "a b", "ä", "a\0", "%2e%2e", "a\n"] {
            assert_eq!(SessionId::parse(id), Err(NotASessionId), "{id:?}");
        }
        assert!(SessionId::parse(&"a".repeat(65)).is_err());
    }

    #[test]
    fn own_ids_are_valid_and_differ() {
        let one = SessionId::random();
        assert!(SessionId::parse(one.as_str()).is_ok());
        assert_ne!(one, SessionId::random());
        assert!(!format!("{one:?}").contains(one.as_str()));
    }
}
