//! Bedrock's event stream: frames that can arrive in any pieces, with exceptions among them.

use std::collections::VecDeque;

use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder};
use aws_smithy_types::event_stream::Message;
use bytes::BytesMut;
use serde_json::Value;

use super::{ModelError, Piece, stop};
use crate::model::Decode;

#[derive(Debug, Default)]
pub(super) struct Frames {
    decoder: MessageFrameDecoder,
    buffer: BytesMut,
    complete: bool,
}

impl Decode for Frames {
    fn decode(&mut self, bytes: &[u8], pieces: &mut VecDeque<Piece>) -> Result<(), ModelError> {
        self.buffer.extend_from_slice(bytes);
        loop {
            let frame = self.decoder.decode_frame(&mut self.buffer);
            match frame.map_err(|error| ModelError::Unreadable(error.to_string()))? {
                DecodedFrame::Incomplete => return Ok(()),
                DecodedFrame::Complete(message) => {
                    let piece = piece(&message)?;
                    self.complete |= matches!(piece, Some(Piece::Stop(_)));
                    pieces.extend(piece);
                }
            }
        }
    }

    fn is_complete(&self) -> bool {
        self.complete && self.buffer.is_empty()
    }
}

fn piece(message: &Message) -> Result<Option<Piece>, ModelError> {
    let header = |name| header(message, name);
    let payload: Value = serde_json::from_slice(message.payload()).unwrap_or_default();
    match header(":message-type") {
        Some("event") => Ok(event(header(":event-type").unwrap_or_default(), &payload)),
        Some("exception") => Err(exception(header(":exception-type").unwrap_or_default(), &payload)),
        _ => Err(ModelError::Unreadable(header(":error-code").unwrap_or("an unknown frame").to_owned())),
    }
}

fn event(kind: &str, payload: &Value) -> Option<Piece> {
    match kind {
        "contentBlockDelta" => Some(Piece::Text(payload["delta"]["text"].as_str()?.to_owned())),
        "messageStop" => Some(Piece::Stop(stop(payload["stopReason"].as_str().unwrap_or_default()))),
        "metadata" => {
            let usage = &payload["usage"];
            Some(Piece::Usage {
                input: usage["inputTokens"].as_u64()?,
                output: usage["outputTokens"].as_u64()?,
            })
        }
        _ => None,
    }
}

fn exception(kind: &str, payload: &Value) -> ModelError {
    let message = payload["message"].as_str().unwrap_or(kind).chars().take(300).collect();
    match kind {
        "throttlingException" => ModelError::Throttled(message),
        "validationException" => ModelError::Refused { status: 400, message },
        _ => ModelError::Unavailable { status: 500, message },
    }
}

fn header<'a>(message: &'a Message, name: &str) -> Option<&'a str> {
    let found = message.headers().iter().find(|header| header.name().as_str() == name)?;
    found.value().as_string().ok().map(aws_smithy_types::str_bytes::StrBytes::as_str)
}
