//! The server-sent events of a chat completion.

use std::collections::VecDeque;

use contract::sse::Parser;
use serde_json::Value;

use super::{ModelError, Piece, stop, usage};
use crate::model::Decode;

#[derive(Debug, Default)]
pub(super) struct Events {
    parser: Parser,
    complete: bool,
}

impl Decode for Events {
    fn decode(&mut self, bytes: &[u8], pieces: &mut VecDeque<Piece>) -> Result<(), ModelError> {
        self.parser.push(bytes).iter().try_for_each(|event| self.take(&event.data, pieces))
    }

    fn is_complete(&self) -> bool {
        self.complete
    }
}

impl Events {
    fn take(&mut self, data: &str, pieces: &mut VecDeque<Piece>) -> Result<(), ModelError> {
        if data.trim() == "[DONE]" {
            self.complete = true;
            return Ok(());
        }
        let chunk: Value =
            serde_json::from_str(data).map_err(|error| ModelError::Unreadable(error.to_string()))?;
        if let Some(error) = chunk.get("error") {
            let message = error["message"].as_str().unwrap_or("an error in the stream").to_owned();
            return Err(ModelError::Unavailable { status: 500, message });
        }
        let choice = &chunk["choices"][0];
        if let Some(text) = choice["delta"]["content"].as_str().filter(|text| !text.is_empty()) {
            pieces.push_back(Piece::Text(text.to_owned()));
        }
        if let Some(reason) = choice["finish_reason"].as_str() {
            self.complete = true;
            pieces.push_back(Piece::Stop(stop(reason)));
        }
        pieces.extend(usage(&chunk));
        Ok(())
    }
}
