//! Questions and answers of one session. Waits if the twin asks to, and reads a lost answer from the conversation.

use std::time::Duration;

use contract::api::HISTORY;
use serde::Deserialize;

use super::{
    ChatError, SessionId,
    question::{self, Notice, Reply},
};
use crate::{system::clock, twin::endpoint::Endpoint};

/// If the twin asks for a longer wait, the question fails.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// The wait after a 429 without `Retry-After`, as API Gateway sends it.
const DEFAULT_WAIT: Duration = Duration::from_secs(2);
const ATTEMPTS: usize = 3;
/// Pauses before each attempt to read a lost answer. The twin finishes it when the connection breaks, and saves it a
/// little later.
const RECOVERY_PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(2)];
const HISTORY_TIMEOUT: Duration = Duration::from_secs(10);
const LARGEST_HISTORY: usize = 16 << 20;

/// A session with a twin.
#[derive(Debug)]
pub(crate) struct Conversation<'f> {
    endpoint: &'f Endpoint,
    pub(crate) session: SessionId,
}

impl<'f> Conversation<'f> {
    pub(crate) fn new(endpoint: &'f Endpoint, session: Option<SessionId>) -> Self {
        Self { endpoint, session: session.unwrap_or_else(SessionId::random) }
    }

    /// Starts a new session with the same twin.
    pub(crate) fn restart(&self) -> Self {
        Self::new(self.endpoint, None)
    }

    /// Asks a question. `notify` gets each part of the answer exactly once.
    pub(crate) async fn ask(
        &mut self,
        text: &str,
        notify: &mut dyn FnMut(Notice<'_>),
    ) -> Result<Reply, ChatError> {
        let mut received = String::new();
        let mut attempts = ATTEMPTS;
        loop {
            attempts -= 1;
            let mut record = |notice: Notice<'_>| {
                if let Notice::Text(text) = notice {
                    received.push_str(text);
                }
                notify(notice);
            };
            let error = match question::ask(self.endpoint, &self.session, text, &mut record).await {
                Ok(reply) => return Ok(self.complete(reply, &received, notify)),
                Err(error) => error,
            };
            match (wait(&error).filter(|_| attempts > 0 && received.is_empty()), error) {
                (Some(wait), _) => {
                    notify(Notice::Waiting(wait));
                    clock::sleep(wait).await;
                }
                (None, ChatError::Lost(why)) => {
                    let reply = self.recover(text).await.ok_or(ChatError::Lost(why))?;
                    notify(Notice::Recovered);
                    return Ok(self.complete(reply, &received, notify));
                }
                (None, error) => return Err(error),
            }
        }
    }

    /// Passes the part of the reply that was not received as a stream to `notify`.
    fn complete(&mut self, reply: Reply, received: &str, notify: &mut dyn FnMut(Notice<'_>)) -> Reply {
        match reply.response.strip_prefix(received) {
            Some("") => {}
            Some(rest) => notify(Notice::Text(rest)),
            None => notify(Notice::Text(&format!("\n{}", reply.response))),
        }
        // Another implementation of the API may choose its own session id.
        if let Ok(session) = reply.session_id.parse() {
            self.session = session;
        }
        reply
    }

    /// Reads the answer to `text`, if it is the last message of the saved conversation.
    async fn recover(&self, text: &str) -> Option<Reply> {
        for pause in RECOVERY_PAUSES {
            clock::sleep(pause).await;
            let Some(history) = self.history().await else { continue };
            if let [.., question, answer] = history.as_slice()
                && (question.role.as_str(), answer.role.as_str()) == ("user", "assistant")
                && question.content == text
            {
                return Some(Reply {
                    response: answer.content.clone(),
                    session_id: self.session.to_string(),
                    timestamp: answer.timestamp.clone().unwrap_or_default(),
                    over_budget: false,
                });
            }
        }
        None
    }

    /// Returns the saved messages, if they can be read.
    pub(crate) async fn history(&self) -> Option<Vec<Message>> {
        let read = async {
            let answer = self.endpoint.get(&format!("{HISTORY}{}", self.session)).await.ok()?;
            answer.text(LARGEST_HISTORY).await.ok()
        };
        let body = tokio::time::timeout(HISTORY_TIMEOUT, read).await.ok()??;
        serde_json::from_str::<History>(&body).ok().map(|history| history.messages)
    }
}

#[derive(Deserialize)]
struct History {
    messages: Vec<Message>,
}

/// A message of a saved conversation.
#[derive(Deserialize)]
pub(crate) struct Message {
    pub(crate) role: String,
    pub(crate) content: String,
    pub(crate) timestamp: Option<String>,
}

/// Returns how long to wait before the question is repeated, if it may be repeated.
fn wait(error: &ChatError) -> Option<Duration> {
    let ChatError::Refused(response) = error else { return None };
    let wait = response.retry_after.unwrap_or(DEFAULT_WAIT);
    (response.status == 429 && wait <= LONGEST_WAIT).then_some(wait)
}
