//! One question, sent once: the answer as it comes, and how it ends.

use std::time::Duration;

use futures_util::StreamExt as _;
use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;

use super::{
    Notice, Refusal, SessionId, Trouble,
    sse::{Event, Events},
};
use crate::{
    system::exchange::{Answer, Silence},
    twin::endpoint::Front,
};

/// A model on the owner's own machine can be slow; a twin gives up after three minutes.
const PATIENCE: Duration = Duration::from_secs(190);
const LARGEST_REPLY: usize = 4 << 20;
const EVENT_STREAM: &str = "text/event-stream";

/// The whole answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Reply {
    pub(crate) response: String,
    pub(crate) session_id: String,
    pub(crate) timestamp: String,
}

/// `tell` hears what the twin says while it speaks. Where the way to it cannot stream, the answer comes in one piece.
pub(super) async fn ask(
    front: &Front,
    session: &SessionId,
    text: &str,
    tell: &mut dyn FnMut(Notice<'_>),
) -> Result<Reply, Trouble> {
    let question = json!({ "message": text, "session_id": session });
    let accept = format!("{EVENT_STREAM}, application/json;q=0.9");
    let answer = in_time(front.post("/api/chat", &accept, &question)).await?;
    if answer.status != 200 {
        return Err(Trouble::Refused(Refusal::read(answer).await));
    }
    if !answer.header("x-memory").is_empty() {
        tell(Notice::Forgetful);
    }
    if answer.header("content-type").starts_with(EVENT_STREAM) {
        return listen(answer, tell).await;
    }
    let body = in_time(answer.text(LARGEST_REPLY)).await?;
    serde_json::from_str(&body).map_err(|_| Trouble::Strange)
}

/// Until the twin has said its last word.
async fn listen(mut answer: Answer, tell: &mut dyn FnMut(Notice<'_>)) -> Result<Reply, Trouble> {
    let mut events = Events::default();
    loop {
        let piece = timeout(PATIENCE, answer.body.next()).await.map_err(|_| too_slow())?;
        let piece = piece.ok_or_else(|| Trouble::Lost("it ended in the middle".to_owned()))??;
        for event in events.push(&piece) {
            if let Some(end) = hear(&event, tell) {
                return end;
            }
        }
    }
}

/// An event's part of the answer, and the end where it is one. Events of other names are for others.
fn hear(event: &Event, tell: &mut dyn FnMut(Notice<'_>)) -> Option<Result<Reply, Trouble>> {
    #[derive(Deserialize)]
    struct Token {
        delta: String,
    }
    match event.name.as_str() {
        "token" => match serde_json::from_str::<Token>(&event.data) {
            Ok(token) => tell(Notice::Said(&token.delta)),
            Err(_) => return Some(Err(Trouble::Strange)),
        },
        "done" => return Some(serde_json::from_str(&event.data).map_err(|_| Trouble::Strange)),
        "error" => return Some(Err(Refusal::event(&event.data).map_or(Trouble::Strange, Trouble::Refused))),
        _ => {}
    }
    None
}

async fn in_time<T>(exchange: impl Future<Output = Result<T, Silence>>) -> Result<T, Trouble> {
    Ok(timeout(PATIENCE, exchange).await.map_err(|_| too_slow())??)
}

fn too_slow() -> Trouble {
    Trouble::Lost(format!("nothing came for {} s", PATIENCE.as_secs()))
}
