//! Summarizes the turns that no longer fit into the prompt.

use std::ops::Range;
use std::time::Duration;

use contract::tokens::estimate;

use super::Twin;
use super::generate::is_substitute;
use crate::budget::Bill;
use crate::clock::{self, Deadline};
use crate::log::{Record, error_chain};
use crate::memory::{Conversation, Message, Role, Summary, newest_summary};
use crate::model::Delivery;
use crate::prompt::{self, SystemPrompt};

/// The longest time for a summary. It also takes at most a third of the time for the turn.
const TIMEOUT: Duration = Duration::from_secs(10);
/// From this number of messages on, the older ones are summarized, long before the memory drops them.
const MAX_MESSAGES: usize = 120;

impl Twin {
    /// Summarizes the oldest turns if the conversation does not fit into the prompt, and adds the summary to it. Returns
    /// `None` if it fits, or if there is no summary: then the prompt contains only the newest turns.
    pub(super) async fn summarize(
        &self,
        conversation: &mut Conversation,
        system: &SystemPrompt,
        history_tokens: usize,
        deadline: Deadline,
        bill: &mut Bill<'_>,
        record: &Record,
    ) -> Option<Summary> {
        if !self.model.can_summarize() {
            return None;
        }
        let part = part_to_summarize(&conversation.messages, history_tokens)?;
        let (previous, _) = newest_summary(&conversation.messages);
        let messages = &conversation.messages[part.clone()];
        let prompt = prompt::summarize(&system.canary, previous, messages, clock::now());
        let deadline = Deadline::after(TIMEOUT.min(deadline.remaining() / 3));
        let answer = self.generate(&prompt, Delivery::Full, deadline, None, bill, record).await;
        record.update(|fields| {
            fields.summary_input_tokens = fields.input_tokens.take();
            fields.summary_output_tokens = fields.output_tokens.take();
            fields.summary_cached_tokens = fields.cached_tokens.take();
            fields.summary_cache_written_tokens = fields.cache_written_tokens.take();
            (fields.first_token_ms, fields.model_ms, fields.stop) = (None, None, None);
        });
        match answer {
            Ok(answer) if is_substitute(&answer.text) => {
                record.warn("the conversation was not summarized: the model refused".to_owned());
                None
            }
            Ok(answer) => {
                let summary = conversation.summarize(part.end - 1, answer.text);
                record.update(|fields| fields.summarized = true);
                Some(summary)
            }
            Err(error) => {
                record.warn(format!("the conversation was not summarized: {}", error_chain(&error)));
                None
            }
        }
    }
}

/// Returns the messages to summarize, if those after the last summary do not fit into the prompt: as many of the oldest
/// turns as leave half of the space free, but not more at once than models with a small context can read.
fn part_to_summarize(messages: &[Message], history_tokens: usize) -> Option<Range<usize>> {
    let input_tokens = history_tokens + history_tokens / 3;
    let (previous, rest) = newest_summary(messages);
    let start = messages.len() - rest.len();
    let mut tokens = rest.iter().map(|message| estimate(&message.content)).sum::<usize>();
    if tokens + previous.map_or(0, estimate) <= history_tokens && rest.len() <= MAX_MESSAGES {
        return None;
    }
    let mut end = start;
    let mut input = 0;
    while end < messages.len() && (tokens > history_tokens / 2 || messages.len() - end > MAX_MESSAGES / 2) {
        let next = messages[end + 1..].iter().position(|message| message.role == Role::User);
        let next = next.map_or(messages.len(), |length| end + 1 + length);
        let turn = &messages[end..next];
        input += turn.iter().map(|message| estimate(prompt::shortened(message))).sum::<usize>();
        if input > input_tokens && end > start {
            break;
        }
        tokens -= turn.iter().map(|message| estimate(&message.content)).sum::<usize>();
        end = next;
    }
    Some(start..end)
}
