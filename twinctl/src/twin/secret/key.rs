//! A key, as far as it can be told from what is none.

use std::fmt;

use serde_json::json;
use zeroize::Zeroizing;

/// More than any key.
const LONGEST: usize = 1024;
/// One that is shorter would be half told by its end.
const LONG_ENOUGH_TO_NAME: usize = 20;
const ENDING: usize = 4;

/// Whoever has it asks the model at the owner's cost.
pub(crate) struct ApiKey(Zeroizing<String>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyMistake {
    #[error("there is no key in it")]
    Empty,
    #[error("there is white space inside, so it is more than a key, or not all of one")]
    WhiteSpace,
    #[error("it is in quotes or braces; the bare key is wanted")]
    Wrapped,
    #[error("there are characters in it that no key has")]
    Characters,
    #[error("it is too long for a key")]
    TooLong,
    #[error("it is the id of an AWS access key, which no model's server takes")]
    OfAws,
}

impl ApiKey {
    /// White space around it is of the shell or the clipboard.
    pub(crate) fn parse(text: &str) -> Result<Self, KeyMistake> {
        let key = text.trim();
        let of_aws = |start: &str| {
            let rest = key.strip_prefix(start).unwrap_or_default();
            rest.len() == 16 && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        };
        let mistake = match key {
            "" => Some(KeyMistake::Empty),
            _ if key.contains(char::is_whitespace) => Some(KeyMistake::WhiteSpace),
            _ if key.starts_with(['"', '\'', '{', '`']) => Some(KeyMistake::Wrapped),
            _ if !key.bytes().all(|byte| byte.is_ascii_graphic()) => Some(KeyMistake::Characters),
            _ if key.len() > LONGEST => Some(KeyMistake::TooLong),
            _ if of_aws("AKIA") || of_aws("ASIA") => Some(KeyMistake::OfAws),
            _ => None,
        };
        mistake.map_or_else(|| Ok(Self(Zeroizing::new(key.to_owned()))), Err)
    }

    /// As the twin reads it.
    pub(crate) fn to_json(&self) -> Zeroizing<String> {
        Zeroizing::new(json!({ "openai_api_key": self.0.as_str() }).to_string())
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// What an owner knows it by, and nobody can use.
    pub(crate) fn ending(&self) -> Option<String> {
        let key = self.0.as_str();
        (key.len() >= LONG_ENOUGH_TO_NAME).then(|| key[key.len() - ENDING..].to_owned())
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
    fn what_is_a_key_and_what_is_pasted_by_mistake() {
        for good in ["sk-proj-abc_DEF-123", " sk-1\r\n", "none", "AKIA-not-of-aws", &"x".repeat(LONGEST)] {
            assert_eq!(ApiKey::parse(good).unwrap().text(), good.trim());
        }
        for (bad, mistake) in [
            ("", KeyMistake::Empty),
            (" \n", KeyMistake::Empty),
            ("sk-1 sk-2", KeyMistake::WhiteSpace),
            ("OPENAI_API_KEY=\n sk-1", KeyMistake::WhiteSpace),
            ("\"sk-1\"", KeyMistake::Wrapped),
            ("{\"openai_api_key\":\"sk-1\"}", KeyMistake::Wrapped),
            ("sk-\u{1b}1", KeyMistake::Characters),
            ("sk-é", KeyMistake::Characters),
            (&"x".repeat(LONGEST + 1), KeyMistake::TooLong),
            ("AKIAABCDEFGHIJKLMNOP", KeyMistake::OfAws),
        ] {
            assert_eq!(ApiKey::parse(bad).unwrap_err(), mistake, "{bad}");
        }
    }

    #[test]
    fn it_is_told_by_its_end_alone_and_only_where_that_tells_little() {
        let key = ApiKey::parse("sk-proj-0123456789abcdef").unwrap();
        assert_eq!((key.ending().as_deref(), format!("{key:?}").as_str()), (Some("cdef"), "ApiKey(..)"));
        assert_eq!(ApiKey::parse("sk-1").unwrap().ending(), None);
        assert_eq!(*key.to_json(), r#"{"openai_api_key":"sk-proj-0123456789abcdef"}"#);
    }
}
