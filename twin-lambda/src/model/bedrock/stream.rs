//! A decoder of Bedrock's event stream, which consists of events and exceptions.

use std::collections::VecDeque;

use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder};
use aws_smithy_types::event_stream::Message;
use bytes::BytesMut;
use serde_json::Value;

use super::{Chunk, ModelError, stop_reason};
use crate::model::Decoder;

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
        _ => Err(ModelError::Malformed(
            header(":error-code").unwrap_or("it contains an unknown frame").to_owned(),
        )),
    }
}

fn parse_event(kind: &str, payload: &Value) -> Option<Chunk> {
    match kind {
        "contentBlockDelta" => Some(Chunk::Text(payload["delta"]["text"].as_str()?.to_owned())),
        "messageStop" => Some(Chunk::Stop(stop_reason(payload["stopReason"].as_str().unwrap_or_default()))),
        "metadata" => {
            let usage = &payload["usage"];
            Some(Chunk::Usage {
                input: usage["inputTokens"].as_u64()?,
                output: usage["outputTokens"].as_u64()?,
            })
        }
        _ => None,
    }
}

fn exception_error(kind: &str, payload: &Value) -> ModelError {
    let message = payload["message"].as_str().unwrap_or(kind).chars().take(300).collect();
    match kind {
        "throttlingException" => ModelError::Throttled(message),
        "validationException" => ModelError::Rejected { status: 400, message },
        _ => ModelError::Unavailable { status: 500, message },
    }
}

fn header<'a>(message: &'a Message, name: &str) -> Option<&'a str> {
    let found = message.headers().iter().find(|header| header.name().as_str() == name)?;
    found.value().as_string().ok().map(aws_smithy_types::str_bytes::StrBytes::as_str)
}
