//! No model at all: the owner's own files, quoted.

use async_trait::async_trait;

use super::{Answer, Delivery, Model, ModelError, Piece, Stop};
use crate::clock::Deadline;
use crate::prompt::Prompt;

#[derive(Clone, Copy, Debug)]
pub struct Builtin;

#[async_trait]
impl Model for Builtin {
    async fn ask(
        &self,
        prompt: &Prompt,
        _: Delivery,
        deadline: Deadline,
    ) -> Result<Answer, ModelError> {
        let question = prompt
            .turns
            .last()
            .map(|turn| turn.text.as_str())
            .unwrap_or_default();
        let text =
            format!("I am the built-in twin, without a language model. You said: {question}");
        Ok(Answer::whole(
            [Piece::Text(text), Piece::Stop(Stop::Done)],
            deadline,
        ))
    }

    fn context_tokens(&self) -> usize {
        usize::MAX
    }
}
