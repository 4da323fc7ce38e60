//! Parses chat completions: complete answers, streams and errors.

use std::collections::VecDeque;

use contract::sse::Parser;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::clock::Deadline;
use crate::model::{Answer, Chunk, Decoder, ModelError, ServerError, Stop, Usage};

pub(super) fn parse(body: &[u8], deadline: Deadline) -> Result<Answer, ModelError> {
    let value: Value = serde_json::from_slice(body).map_err(|error| ModelError::malformed(&error))?;
    let choice = &value["choices"][0];
    if !choice["message"].is_object() {
        return Err(ModelError::Malformed("it has no choice with a message".to_owned()));
    }
    let stop = stop_reason(choice["finish_reason"].as_str().unwrap_or("stop"));
    let chunks = [Chunk::Text(text(&choice["message"]["content"])), Chunk::Stop(stop)];
    Ok(Answer::full(chunks.into_iter().chain(usage(&value)), deadline))
}

/// `key` is the API key that was sent.
pub(super) fn response_error(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    key: Option<&str>,
) -> ModelError {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let error = server_error(&value).with_request_id(headers).without_key(key);
    match status {
        StatusCode::UNAUTHORIZED => ModelError::KeyRejected(error),
        // OpenAI also responds with 429 if the account has no credit. A retry does not help then.
        StatusCode::TOO_MANY_REQUESTS if value["error"]["code"] == "insufficient_quota" => {
            ModelError::Rejected { status: 429, error }
        }
        StatusCode::TOO_MANY_REQUESTS => ModelError::Throttled(error),
        StatusCode::REQUEST_TIMEOUT => ModelError::Unavailable { status: 408, error },
        status if status.is_server_error() => ModelError::Unavailable { status: status.as_u16(), error },
        status => ModelError::Rejected { status: status.as_u16(), error },
    }
}

/// Returns the error in a body. OpenAI has it in `error`, Mistral and vLLM at the top, and FastAPI's servers in `detail`.
fn server_error(body: &Value) -> ServerError {
    let error = if body["error"].is_null() { body } else { &body["error"] };
    let kind = error["code"].as_str().or_else(|| error["type"].as_str());
    let places = [&error["message"], &body["message"], error, &error["detail"], &error["message"]["detail"]];
    ServerError::new(kind, places.into_iter().find_map(message).as_deref())
}

/// Returns the message in a text or in a list of invalid parameters, with the names of those. The values are left out, because
/// they repeat the request.
fn message(place: &Value) -> Option<String> {
    if let Some(text) = place.as_str() {
        return Some(text.to_owned());
    }
    let entry = |entry: &Value| {
        let text = entry["msg"].as_str()?;
        let path = entry["loc"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let path = path.collect::<Vec<_>>().join(".");
        Some(if path.is_empty() { text.to_owned() } else { format!("{path}: {text}") })
    };
    let entries: Vec<String> = place.as_array()?.iter().filter_map(entry).collect();
    (!entries.is_empty()).then(|| entries.join(", "))
}

/// Returns the text of a message. Models that reason may return it in parts, beside their reasoning.
fn text(content: &Value) -> String {
    let parts = content.as_array().into_iter().flatten();
    let parts = parts.filter(|part| part["type"] == "text").filter_map(|part| part["text"].as_str());
    content.as_str().map_or_else(|| parts.collect(), ToOwned::to_owned)
}

fn usage(value: &Value) -> Option<Chunk> {
    let usage = &value["usage"];
    let details = &usage["prompt_tokens_details"];
    Some(Chunk::Usage(Usage {
        input: usage["prompt_tokens"].as_u64()?,
        // The second is the name at DeepSeek.
        cached: details["cached_tokens"].as_u64().or_else(|| usage["prompt_cache_hit_tokens"].as_u64()),
        cache_written: details["cache_write_tokens"].as_u64(),
        output: usage["completion_tokens"].as_u64()?,
    }))
}

fn stop_reason(reason: &str) -> Stop {
    match reason {
        "stop" => Stop::Done,
        "length" => Stop::Length,
        "content_filter" => Stop::Filtered,
        other => Stop::other(other),
    }
}

/// A decoder of a stream of server-sent events.
#[derive(Default)]
pub(super) struct EventDecoder {
    parser: Parser,
    complete: bool,
    /// The API key that was sent.
    key: Option<String>,
}

impl std::fmt::Debug for EventDecoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventDecoder").field("complete", &self.complete).finish_non_exhaustive()
    }
}

impl Decoder for EventDecoder {
    fn decode(&mut self, bytes: &[u8], chunks: &mut VecDeque<Chunk>) -> Result<(), ModelError> {
        let mut bytes = bytes;
        while let Some(event) = self.parser.next(&mut bytes) {
            self.decode_event(&event.data, chunks)?;
        }
        Ok(())
    }

    fn is_complete(&self) -> bool {
        self.complete
    }
}

impl EventDecoder {
    pub(super) fn new(key: Option<String>) -> Self {
        Self { key, ..Self::default() }
    }

    fn decode_event(&mut self, data: &str, chunks: &mut VecDeque<Chunk>) -> Result<(), ModelError> {
        if data.trim() == "[DONE]" {
            self.complete = true;
            return Ok(());
        }
        let event: Value = serde_json::from_str(data).map_err(|error| ModelError::malformed(&error))?;
        if !event["error"].is_null() || event["object"] == "error" {
            let error = server_error(&event).without_key(self.key.as_deref());
            return Err(ModelError::Unavailable { status: 500, error });
        }
        let choice = &event["choices"][0];
        let text = text(&choice["delta"]["content"]);
        if !text.is_empty() {
            chunks.push_back(Chunk::Text(text));
        }
        if let Some(reason) = choice["finish_reason"].as_str() {
            self.complete = true;
            chunks.push_back(Chunk::Stop(stop_reason(reason)));
        }
        chunks.extend(usage(&event));
        Ok(())
    }
}
