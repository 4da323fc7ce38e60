//! Server-sent events of a chat completion, which can arrive in any pieces.

use std::collections::VecDeque;

use serde_json::Value;

use super::{ModelError, Piece, stop, usage};
use crate::model::Decode;

#[derive(Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    complete: bool,
}

impl Decode for Events {
    /// These servers send one `data:` line an event, so a line is all there is to collect.
    fn decode(&mut self, bytes: &[u8], pieces: &mut VecDeque<Piece>) -> Result<(), ModelError> {
        for byte in bytes {
            if matches!(byte, b'\n' | b'\r') {
                let line = std::mem::take(&mut self.line);
                self.take(&line, pieces)?;
            } else {
                self.line.push(*byte);
            }
        }
        Ok(())
    }

    fn is_complete(&self) -> bool {
        self.complete
    }
}

impl Events {
    fn take(&mut self, line: &[u8], pieces: &mut VecDeque<Piece>) -> Result<(), ModelError> {
        let Some(data) = line.strip_prefix(b"data:") else {
            return Ok(());
        };
        let data = data.trim_ascii();
        if data == b"[DONE]" {
            self.complete = true;
            return Ok(());
        }
        let chunk: Value =
            serde_json::from_slice(data).map_err(|error| ModelError::Unreadable(error.to_string()))?;
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
