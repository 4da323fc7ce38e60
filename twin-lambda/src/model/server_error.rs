//! An error that a model provider returned, in a form that may be logged.
//!
//! A server may repeat the prompt, the API key or the request's headers in its error. So the log gets the error's class, the
//! request's id, and a short message from which these are removed.

use std::collections::HashSet;
use std::fmt::{Display, Formatter};
use std::ops::Range;

use http::HeaderMap;

use crate::log::redact;
use crate::prompt::Prompt;

/// The largest part of a message that is read, in characters.
const RECEIVED: usize = 2000;
/// The largest part of a message that is logged, in characters.
const LOGGED: usize = 200;
/// The longest class or request id that is logged. A longer one is not an id.
const ID: usize = 64;
/// Number of consecutive words that a message must share with the conversation to count as a repetition of it.
const CONVERSATION_WORDS: usize = 3;
/// The same for the system prompt, which is long enough to share common phrases with any message.
const SYSTEM_WORDS: usize = 4;

/// An error of a model provider. `Display` prints no message before `redact` was called.
#[derive(Default, PartialEq, Eq)]
pub struct ServerError {
    kind: Option<String>,
    request_id: Option<String>,
    received: String,
    message: String,
    hint: Option<&'static str>,
}

impl ServerError {
    /// `kind` is the error's class, for example `ValidationException`.
    pub(super) fn new(kind: Option<&str>, message: Option<&str>) -> Self {
        let received = message.unwrap_or("no reason given").chars().take(RECEIVED).collect();
        // AWS appends a URL to the class in a header, and prepends a namespace in a body.
        let kind = kind.map(|kind| kind.split(':').next().unwrap_or(kind));
        let kind = kind.map(|kind| kind.rsplit('#').next().unwrap_or(kind));
        Self { kind: kind.and_then(id), received, ..Self::default() }
    }

    pub(super) fn with_request_id(mut self, headers: &HeaderMap) -> Self {
        let names = ["x-amzn-requestid", "x-request-id"];
        let value = names.iter().find_map(|name| headers.get(*name)?.to_str().ok());
        self.request_id = value.and_then(id);
        self
    }

    /// Removes the API key that was sent. It may be a word that `redact` does not recognize as a key.
    pub(super) fn without_key(mut self, key: Option<&str>) -> Self {
        if let Some(key) = key.filter(|key| !key.is_empty()) {
            self.received = self.received.replace(key, "[key]");
        }
        self
    }

    pub(super) fn with_hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    pub(super) fn received(&self) -> &str {
        &self.received
    }

    /// Makes the message printable: removes parts of the prompt, personal data and keys, and shortens it.
    pub(super) fn redact(&mut self, prompt: &Prompt) {
        // An embedded document is a copy of the request more often than an explanation.
        let text = self.received.split('{').next().unwrap_or_default();
        let text = redact(&without_echo(text, prompt));
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.message = text.chars().take(LOGGED).collect();
        if self.message.len() < text.len() || self.received.contains('{') {
            self.message.push('…');
        }
    }
}

impl Display for ServerError {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let id = self.request_id.as_ref().map(|id| format!("request {id}"));
        let parts = [self.kind.as_deref(), id.as_deref(), Some(&*self.message), self.hint];
        let parts: Vec<&str> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        f.write_str(&parts.join(": "))
    }
}

impl std::fmt::Debug for ServerError {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "ServerError({self})")
    }
}

/// Returns a text that looks like a class or a request id, and not like a key or a sentence.
pub(super) fn id(text: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_id = !text.is_empty() && text.len() <= ID && text.chars().all(allowed) && !text.starts_with("sk-");
    is_id.then(|| text.to_owned())
}

/// Replaces what a message repeats from the prompt.
fn without_echo(message: &str, prompt: &Prompt) -> String {
    let words = words(message);
    let mut is_echo = vec![false; words.len()];
    let conversation = prompt.turns.iter().map(|turn| (turn.text.as_str(), CONVERSATION_WORDS));
    for (text, limit) in conversation.chain([(prompt.system.text.as_str(), SYSTEM_WORDS)]) {
        mark_echo(&words, text, limit, &mut is_echo);
    }
    let mut out = String::new();
    let mut copied = 0;
    for (index, (range, _)) in words.iter().enumerate().filter(|(index, _)| is_echo[*index]) {
        if index == 0 || !is_echo[index - 1] {
            out.push_str(&message[copied..range.start]);
            out.push_str("[prompt]");
        }
        copied = range.end;
    }
    out + &message[copied..]
}

/// Marks the words of runs that also occur in `text`, and the word after each run, which may be cut off.
fn mark_echo(words: &[(Range<usize>, String)], text: &str, limit: usize, is_echo: &mut [bool]) {
    let sent: Vec<String> = self::words(text).into_iter().map(|(_, word)| word).collect();
    let length = limit.min(sent.len());
    if length == 0 {
        return;
    }
    let runs: HashSet<&[String]> = sent.windows(length).collect();
    let lower: Vec<String> = words.iter().map(|(_, word)| word.clone()).collect();
    for (start, _) in lower.windows(length).enumerate().filter(|(_, run)| runs.contains(run)) {
        let end = (start + length + 1).min(words.len());
        is_echo[start..end].fill(true);
    }
}

/// Returns the words of a text in lower case, and where they are. Each letter of a script without spaces is a word.
fn words(text: &str) -> Vec<(Range<usize>, String)> {
    let mut words: Vec<(Range<usize>, String)> = Vec::new();
    for (at, letter) in text.char_indices().filter(|(_, letter)| letter.is_alphanumeric()) {
        let end = at + letter.len_utf8();
        match words.last_mut() {
            Some((range, word)) if range.end == at && letter < '\u{2e80}' => {
                range.end = end;
                word.extend(letter.to_lowercase());
            }
            _ => words.push((at..end, letter.to_lowercase().collect())),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::Scope;
    use crate::memory::Role;
    use crate::persona::Persona;
    use crate::prompt::{SystemPrompt, Turn};

    const QUESTION: &str = "Does Ada treat patients like me, who have had hepatitis since 1994?";

    fn prompt(question: &str) -> Prompt {
        let turn = Turn { role: Role::User, text: question.to_owned() };
        let system = Arc::new(SystemPrompt::new(Persona::default(), Scope::Owner));
        Prompt { system, today: String::new(), turns: vec![turn], answer_tokens: 0 }
    }

    fn logged(message: &str, question: &str) -> String {
        let mut error = ServerError::new(None, Some(message)).without_key(Some("hunter2"));
        error.redact(&prompt(question));
        error.to_string()
    }

    #[test]
    fn keys_headers_and_addresses_are_removed_from_errors() {
        let cases = [
            ("Incorrect API key provided: sk-abcd****wxyz. See", "Incorrect API key provided: [key] See"),
            ("invalid key 'hunter2'", "invalid key '[key]'"),
            ("header Authorization: Bearer abc is wrong", "header Authorization: Bearer [key] is wrong"),
            (r#"got "api_key=sk-proj-0123456789abcdef""#, r#"got "api_key=[key]""#),
            ("x-amz-security-token:IQoJb3JpZ2luX2VjEBMaCWV1LXdlc3Q", "x-amz-security-token:[key]"),
            ("Credential=ASIAIOSFODNN7EXAMPLE/20261129, no", "Credential=[key], no"),
            ("user <ada@example.com> is blocked", "user <[email]> is blocked"),
            ("The model `gpt-5` does not exist", "The model `gpt-5` does not exist"),
            ("1 validation error: {\"input\": \"my text\"}", "1 validation error:…"),
        ];
        for (message, expected) in cases {
            assert_eq!(logged(message, "Hi"), expected);
        }
    }

    #[test]
    fn the_prompt_is_removed_from_errors() {
        let cases = [
            (format!("blocked: '{QUESTION}' by policy"), QUESTION, "blocked: '[prompt] policy"),
            (format!("blocked: {}", &QUESTION[..50]), QUESTION, "blocked: [prompt]"),
            (QUESTION.to_uppercase().replace(' ', "\n"), QUESTION, "[prompt]?"),
            ("bad text 'Hepatitis?'".to_owned(), "hepatitis", "bad text '[prompt]?'"),
            ("bad text 日本語で話せますか".to_owned(), "日本語で話せますか?", "bad text [prompt]"),
            ("near: You are the digital twin of the owner".to_owned(), "Hi", "near: [prompt]"),
        ];
        for (message, question, expected) in cases {
            assert_eq!(logged(&message, question), expected, "{message}");
        }
    }

    #[test]
    fn a_logged_error_is_short_and_its_ids_are_checked() {
        let long = logged(&"word ".repeat(10_000), "Hi");
        assert!(long.chars().count() <= LOGGED + 1, "{long}");
        let headers = HeaderMap::from_iter([("x-request-id".parse().unwrap(), "req_1".parse().unwrap())]);
        let mut error = ServerError::new(Some("ValidationException:http://x/"), Some("no"));
        error = error.with_request_id(&headers);
        assert_eq!(error.to_string(), "ValidationException: request req_1", "no message before `redact`");
        assert!(!format!("{error:?}").contains("no\""));
        error.redact(&prompt("Hi"));
        assert_eq!(error.to_string(), "ValidationException: request req_1: no");
        assert_eq!(ServerError::new(Some("my question"), None).kind, None);
        assert_eq!(ServerError::new(Some("sk-0123456789"), None).kind, None);
        assert_eq!(
            ServerError::new(Some("aws#ThrottlingException"), None).kind.unwrap(),
            "ThrottlingException"
        );
    }
}
