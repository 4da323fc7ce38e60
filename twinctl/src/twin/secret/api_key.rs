//! The API key and its validation.

use std::fmt;

use serde_json::json;
use zeroize::Zeroizing;

/// Longer than any key.
const LONGEST: usize = 1024;
/// The ending of a shorter key is not shown, because it would reveal too much of it.
const SHORTEST_WITH_ENDING: usize = 20;
const ENDING: usize = 4;

/// A key that looks valid. It is erased from memory when it is dropped.
pub(crate) struct ApiKey(Zeroizing<String>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyError {
    #[error("the key is empty")]
    Empty,
    #[error("the key contains white space")]
    WhiteSpace,
    #[error("the key is in quotes or braces")]
    Wrapped,
    #[error("the key contains invalid characters")]
    Characters,
    #[error("the key is too long")]
    TooLong,
    #[error("this is the ID of an AWS access key")]
    AwsAccessKey,
}

impl ApiKey {
    /// Parses a key. Surrounding white space, which a shell or the clipboard may add, is removed.
    pub(crate) fn parse(text: &str) -> Result<Self, KeyError> {
        let key = text.trim();
        let is_aws_key = |start: &str| {
            let rest = key.strip_prefix(start).unwrap_or_default();
            rest.len() == 16 && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        };
        let error = match key {
            "" => Some(KeyError::Empty),
            _ if key.contains(char::is_whitespace) => Some(KeyError::WhiteSpace),
            _ if key.starts_with(['"', '\'', '{', '`']) => Some(KeyError::Wrapped),
            _ if !key.bytes().all(|byte| byte.is_ascii_graphic()) => Some(KeyError::Characters),
            _ if key.len() > LONGEST => Some(KeyError::TooLong),
            _ if is_aws_key("AKIA") || is_aws_key("ASIA") => Some(KeyError::AwsAccessKey),
            _ => None,
        };
        error.map_or_else(|| Ok(Self(Zeroizing::new(key.to_owned()))), Err)
    }

    /// Returns the secret value in the format that twin-lambda reads.
    pub(crate) fn to_json(&self) -> Zeroizing<String> {
        Zeroizing::new(json!({ "openai_api_key": self.0.as_str() }).to_string())
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// Returns the last characters, by which an owner can recognize the key.
    pub(crate) fn ending(&self) -> Option<String> {
        let key = self.0.as_str();
        (key.len() >= SHORTEST_WITH_ENDING).then(|| key[key.len() - ENDING..].to_owned())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_distinguished_from_other_text() {
        for good in ["sk-proj-abc_DEF-123", " sk-1\r\n", "none", "AKIA-not-of-aws", &"x".repeat(LONGEST)] {
            assert_eq!(ApiKey::parse(good).unwrap().text(), good.trim());
        }
        for (bad, error) in [
            ("", KeyError::Empty),
            (" \n", KeyError::Empty),
            ("sk-1 sk-2", KeyError::WhiteSpace),
            ("OPENAI_API_KEY=\n sk-1", KeyError::WhiteSpace),
            ("\"sk-1\"", KeyError::Wrapped),
            ("{\"openai_api_key\":\"sk-1\"}", KeyError::Wrapped),
            ("sk-\u{1b}1", KeyError::Characters),
            ("sk-é", KeyError::Characters),
            (&"x".repeat(LONGEST + 1), KeyError::TooLong),
            ("AKIAABCDEFGHIJKLMNOP", KeyError::AwsAccessKey),
        ] {
            assert_eq!(ApiKey::parse(bad).unwrap_err(), error, "{bad}");
        }
    }

    #[test]
    fn only_the_ending_of_a_long_key_is_shown() {
        let key = ApiKey::parse("sk-proj-0123456789abcdef").unwrap();
        assert_eq!((key.ending().as_deref(), format!("{key:?}").as_str()), (Some("cdef"), "ApiKey(..)"));
        assert_eq!(ApiKey::parse("sk-1").unwrap().ending(), None);
        assert_eq!(*key.to_json(), r#"{"openai_api_key":"sk-proj-0123456789abcdef"}"#);
    }
}
