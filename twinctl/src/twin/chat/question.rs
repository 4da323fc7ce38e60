//! Sends one question once, and receives the answer.

use std::time::Duration;

use contract::{
    api::{self, event},
    limits::ANSWER_TIMEOUT,
    sse::{Event, Parser},
};
use futures_util::StreamExt as _;
use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;

use super::{ChatError, ErrorResponse, SessionId};
use crate::{
    system::exchange::{ExchangeError, Response},
    twin::endpoint::Endpoint,
};

/// Longer than a twin waits for its model.
const TIMEOUT: Duration = ANSWER_TIMEOUT.saturating_add(Duration::from_secs(10));
const LARGEST_REPLY: usize = 4 << 20;
const EVENT_STREAM: &str = "text/event-stream";

/// An event while a question is being answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Notice<'a> {
    /// The next part of the answer.
    Text(&'a str),
    /// Too many questions. The question is repeated after this time.
    Waiting(Duration),
    /// The connection broke, and the answer was read from the saved conversation.
    Recovered,
    /// The conversation could not be read or saved.
    MemoryUnavailable,
}

/// The complete answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Reply {
    pub(crate) response: String,
    pub(crate) session_id: String,
    pub(crate) timestamp: String,
    /// Whether the twin did not ask its model, because the budget is used up.
    #[serde(default)]
    pub(crate) over_budget: bool,
}

/// Sends a question and waits for the reply. `notify` gets parts of the answer as they arrive, if the response is
/// streamed.
pub(super) async fn ask(
    endpoint: &Endpoint,
    session: &SessionId,
    text: &str,
    notify: &mut dyn FnMut(Notice<'_>),
) -> Result<Reply, ChatError> {
    let question = json!({ "message": text, "session_id": session });
    let accept = format!("{EVENT_STREAM}, application/json;q=0.9");
    let answer = in_time(endpoint.post(api::CHAT, &accept, &question)).await?;
    if answer.status != 200 {
        return Err(ChatError::Refused(ErrorResponse::read(answer).await));
    }
    if !answer.header(api::MEMORY_HEADER).is_empty() {
        notify(Notice::MemoryUnavailable);
    }
    if answer.header("content-type").starts_with(EVENT_STREAM) {
        return receive(answer, notify).await;
    }
    let body = in_time(answer.text(LARGEST_REPLY)).await?;
    serde_json::from_str(&body).map_err(|_| ChatError::Unexpected)
}

/// Receives a streamed answer to its end.
async fn receive(mut answer: Response, notify: &mut dyn FnMut(Notice<'_>)) -> Result<Reply, ChatError> {
    let mut parser = Parser::default();
    loop {
        let chunk = timeout(TIMEOUT, answer.body.next()).await.map_err(|_| timed_out())?;
        let chunk =
            chunk.ok_or_else(|| ChatError::Lost("the connection was closed too early".to_owned()))??;
        let mut bytes = chunk.as_slice();
        while let Some(event) = parser.next(&mut bytes) {
            if let Some(result) = handle(&event, notify) {
                return result;
            }
        }
    }
}

/// Handles an event. Returns the result if the event is the last one. Unknown events are ignored.
fn handle(event: &Event, notify: &mut dyn FnMut(Notice<'_>)) -> Option<Result<Reply, ChatError>> {
    #[derive(Deserialize)]
    struct Token {
        delta: String,
    }
    match event.name.as_str() {
        event::TOKEN => match serde_json::from_str::<Token>(&event.data) {
            Ok(token) => notify(Notice::Text(&token.delta)),
            Err(_) => return Some(Err(ChatError::Unexpected)),
        },
        event::DONE => return Some(serde_json::from_str(&event.data).map_err(|_| ChatError::Unexpected)),
        event::ERROR => {
            let response = ErrorResponse::from_event(&event.data);
            return Some(Err(response.map_or(ChatError::Unexpected, ChatError::Refused)));
        }
        _ => {}
    }
    None
}

async fn in_time<T>(exchange: impl Future<Output = Result<T, ExchangeError>>) -> Result<T, ChatError> {
    Ok(timeout(TIMEOUT, exchange).await.map_err(|_| timed_out())??)
}

fn timed_out() -> ChatError {
    ChatError::Lost(format!("no data for {} s", TIMEOUT.as_secs()))
}
