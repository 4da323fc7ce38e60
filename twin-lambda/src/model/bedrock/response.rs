//! Parses Bedrock's responses: complete answers, event streams and errors.

use std::collections::VecDeque;

use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder};
use aws_smithy_types::event_stream::Message;
use bytes::BytesMut;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use crate::clock::Deadline;
use crate::model::{Answer, Chunk, Decoder, ModelError, ServerError, Stop, Usage};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Converse {
    output: Output,
    stop_reason: String,
    usage: Option<ConverseUsage>,
}

#[derive(Deserialize)]
struct Output {
    message: OutputMessage,
}

#[derive(Deserialize)]
struct OutputMessage {
    #[serde(default)]
    content: Vec<Block>,
}

/// A block of content. Blocks without text, such as a model's reasoning, are not shown to visitors.
#[derive(Deserialize)]
struct Block {
    text: Option<String>,
}

/// The input tokens do not include those that were read from the cache or written into it.
#[derive(Deserialize)]
struct ConverseUsage {
    #[serde(rename = "inputTokens")]
    input: u64,
    #[serde(rename = "cacheReadInputTokens")]
    cached: Option<u64>,
    #[serde(rename = "cacheWriteInputTokens")]
    cache_written: Option<u64>,
    #[serde(rename = "outputTokens")]
    output: u64,
}

impl From<ConverseUsage> for Chunk {
    fn from(usage: ConverseUsage) -> Self {
        let ConverseUsage { input, cached, cache_written, output } = usage;
        let input = input + cached.unwrap_or_default() + cache_written.unwrap_or_default();
        Self::Usage(Usage { input, cached, cache_written, output })
    }
}

pub(super) fn parse(body: &[u8], deadline: Deadline) -> Result<Answer, ModelError> {
    let converse: Converse = serde_json::from_slice(body).map_err(|error| ModelError::malformed(&error))?;
    let text = converse.output.message.content.into_iter().filter_map(|block| block.text).collect();
    let chunks = [Chunk::Text(text), Chunk::Stop(stop_reason(&converse.stop_reason))];
    Ok(Answer::full(chunks.into_iter().chain(converse.usage.map(Chunk::from)), deadline))
}

pub(super) fn response_error(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> ModelError {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let message = value.get("message").or_else(|| value.get("Message")).and_then(Value::as_str);
    let kind = headers.get("x-amzn-errortype").and_then(|kind| kind.to_str().ok());
    let mut error = ServerError::new(kind.or_else(|| value["__type"].as_str()), message);
    error = error.with_request_id(headers);
    if error.received().contains("on-demand throughput") {
        error = error
            .with_hint("add the prefix of an inference profile to the model id: eu., us., apac. or global.");
    }
    match status {
        StatusCode::TOO_MANY_REQUESTS => ModelError::Throttled(error),
        // 424: the model failed, but not the service.
        StatusCode::REQUEST_TIMEOUT | StatusCode::FAILED_DEPENDENCY => {
            ModelError::Unavailable { status: status.as_u16(), error }
        }
        status if status.is_server_error() => ModelError::Unavailable { status: status.as_u16(), error },
        status => ModelError::Rejected { status: status.as_u16(), error },
    }
}

fn stop_reason(reason: &str) -> Stop {
    match reason {
        "end_turn" | "stop_sequence" => Stop::Done,
        "max_tokens" => Stop::Length,
        "guardrail_intervened" | "content_filtered" => Stop::Filtered,
        other => Stop::other(other),
    }
}

/// A decoder of an event stream, which consists of events and exceptions.
#[derive(Debug, Default)]
pub(super) struct FrameDecoder {
    decoder: MessageFrameDecoder,
    buffer: BytesMut,
    complete: bool,
}

impl Decoder for FrameDecoder {
    fn decode(&mut self, bytes: &[u8], chunks: &mut VecDeque<Chunk>) -> Result<(), ModelError> {
        self.buffer.extend_from_slice(bytes);
        loop {
            let frame = self.decoder.decode_frame(&mut self.buffer);
            match frame.map_err(|error| ModelError::Malformed(error.to_string()))? {
                DecodedFrame::Incomplete => return Ok(()),
                DecodedFrame::Complete(message) => {
                    let chunk = parse_message(&message)?;
                    self.complete |= matches!(chunk, Some(Chunk::Stop(_)));
                    chunks.extend(chunk);
                }
            }
        }
    }

    fn is_complete(&self) -> bool {
        self.complete && self.buffer.is_empty()
    }
}

fn parse_message(message: &Message) -> Result<Option<Chunk>, ModelError> {
    let header = |name| header(message, name);
    let payload: Value = serde_json::from_slice(message.payload()).unwrap_or_default();
    match header(":message-type") {
        Some("event") => Ok(parse_event(header(":event-type").unwrap_or_default(), &payload)),
        Some("exception") => Err(exception_error(header(":exception-type").unwrap_or_default(), &payload)),
        // An error that the service's model does not describe, for example `InternalError`.
        Some("error") => {
            let error = ServerError::new(header(":error-code"), header(":error-message"));
            Err(ModelError::Unavailable { status: 500, error })
        }
        _ => Err(ModelError::Malformed("it contains an unknown frame".to_owned())),
    }
}

fn parse_event(kind: &str, payload: &Value) -> Option<Chunk> {
    match kind {
        "contentBlockDelta" => Some(Chunk::Text(payload["delta"]["text"].as_str()?.to_owned())),
        "messageStop" => Some(Chunk::Stop(stop_reason(payload["stopReason"].as_str().unwrap_or_default()))),
        "metadata" => ConverseUsage::deserialize(&payload["usage"]).ok().map(Chunk::from),
        _ => None,
    }
}

fn exception_error(kind: &str, payload: &Value) -> ModelError {
    let error = ServerError::new(Some(kind), payload["message"].as_str());
    match kind {
        "throttlingException" => ModelError::Throttled(error),
        "validationException" => ModelError::Rejected { status: 400, error },
        _ => ModelError::Unavailable { status: 500, error },
    }
}

fn header<'a>(message: &'a Message, name: &str) -> Option<&'a str> {
    let found = message.headers().iter().find(|header| header.name().as_str() == name)?;
    found.value().as_string().ok().map(aws_smithy_types::str_bytes::StrBytes::as_str)
}
