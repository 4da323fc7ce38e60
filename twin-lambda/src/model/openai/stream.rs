//! A decoder of streamed chat completions.

use std::collections::VecDeque;

use contract::sse::Parser;
use serde_json::Value;

use super::{Chunk, ModelError, stop_reason, usage};
use crate::model::Decoder;

#[derive(Debug, Default)]
pub(super) struct EventDecoder {
    parser: Parser,
    complete: bool,
}

impl Decoder for EventDecoder {
    fn decode(&mut self, bytes: &[u8], chunks: &mut VecDeque<Chunk>) -> Result<(), ModelError> {
        self.parser.push(bytes).iter().try_for_each(|event| self.decode_event(&event.data, chunks))
    }

    fn is_complete(&self) -> bool {
        self.complete
    }
}

impl EventDecoder {
    fn decode_event(&mut self, data: &str, chunks: &mut VecDeque<Chunk>) -> Result<(), ModelError> {
        if data.trim() == "[DONE]" {
            self.complete = true;
            return Ok(());
        }
        let event: Value =
            serde_json::from_str(data).map_err(|error| ModelError::Malformed(error.to_string()))?;
        if let Some(error) = event.get("error") {
            let message = error["message"]
                .as_str()
                .unwrap_or("the stream contains an error without a message")
                .to_owned();
            return Err(ModelError::Unavailable { status: 500, message });
        }
        let choice = &event["choices"][0];
        if let Some(text) = choice["delta"]["content"].as_str().filter(|text| !text.is_empty()) {
            chunks.push_back(Chunk::Text(text.to_owned()));
        }
        if let Some(reason) = choice["finish_reason"].as_str() {
            self.complete = true;
            chunks.push_back(Chunk::Stop(stop_reason(reason)));
        }
        chunks.extend(usage(&event));
        Ok(())
    }
}
