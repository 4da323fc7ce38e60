//! Generates the answer of a turn: calls the model, retries transient errors, and forwards the text that may be shown.

use std::time::Duration;

use contract::limits::ANSWER;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{Answer, Event, Twin};
use crate::budget::{Bill, Received};
use crate::clock::{self, Deadline};
use crate::error::ApiError;
use crate::filter::{Findings, OutputFilter};
use crate::log::{Record, error_chain, millis_since};
use crate::model::{Chunk, Delivery, ModelError, Stop, Substitute, contact};
use crate::prompt::Prompt;

const ATTEMPTS: u32 = 4;
/// Maximum number of attempts if the model rejects the key. The key is read again before the second one.
const KEY_ATTEMPTS: u32 = 2;
const FIRST_PAUSE: Duration = Duration::from_millis(300);

/// Returns whether an answer is one of the texts that replace an empty or recited answer of the model.
pub(super) fn is_substitute(answer: &str) -> bool {
    let all = [Substitute::Filtered, Substitute::Unknown, Substitute::Recited];
    all.into_iter().any(|substitute| substitute.is(answer))
}

/// The answer so far, and where it is sent.
struct Output<'a, 'b> {
    events: Option<&'a mpsc::Sender<Event>>,
    record: &'a Record,
    /// The prompt, which is removed from errors of the model provider.
    prompt: &'a Prompt,
    bill: &'a mut Bill<'b>,
    filter: OutputFilter,
    /// Characters that this attempt may still receive.
    room: usize,
    text: String,
    start: Instant,
}

impl Twin {
    /// Calls the model, and retries after a transient error if there is time and no text has been shown.
    pub(super) async fn generate(
        &self,
        prompt: &Prompt,
        delivery: Delivery,
        deadline: Deadline,
        events: Option<&mpsc::Sender<Event>>,
        bill: &mut Bill<'_>,
        record: &Record,
    ) -> Result<Answer, ApiError> {
        let filter = OutputFilter::new(&prompt.system.canary);
        let (text, start) = (String::new(), Instant::now());
        let mut output = Output { events, record, prompt, bill, filter, room: ANSWER, text, start };
        let findings = match self.attempts(delivery, deadline, &mut output).await {
            Ok(stop) => output.finish(stop).await,
            Err(error) => Err(error),
        };
        match findings {
            Ok(findings) => Ok(Answer { text: output.text, findings, ..Answer::default() }),
            Err(ApiError::ClientGone) => {
                Ok(Answer { text: output.text, is_interrupted: true, ..Answer::default() })
            }
            Err(error) => Err(error),
        }
    }

    /// Answers without the model, because the budget is used up: with a fixed sentence and the owner's contact.
    pub(super) async fn decline(&self, prompt: &Prompt, events: Option<&mpsc::Sender<Event>>) -> Answer {
        let questions = prompt.visitor_texts();
        let mut text = Substitute::OverBudget.text(questions.clone()).to_owned();
        if let Some(contact) = prompt.system.persona.contact().and_then(|owner| contact(owner, questions)) {
            text = format!("{text} {contact}");
        }
        let is_interrupted = match events {
            Some(events) => events.send(Event::Token(text.clone())).await.is_err(),
            None => false,
        };
        Answer { text, is_interrupted, is_over_budget: true, ..Answer::default() }
    }

    async fn attempts(
        &self,
        delivery: Delivery,
        deadline: Deadline,
        output: &mut Output<'_, '_>,
    ) -> Result<Stop, ApiError> {
        let mut pause = FIRST_PAUSE;
        let mut attempts = 1;
        loop {
            match self.attempt(delivery, deadline, output).await {
                Err(ApiError::Model(error))
                    if output.can_retry(&error, attempts) && deadline.remaining() > pause * 2 =>
                {
                    output.record.warn(error_chain(&error));
                    output.restart();
                    clock::sleep_with_jitter(pause).await;
                    pause *= 2;
                    attempts += 1;
                }
                outcome => return outcome,
            }
        }
    }

    async fn attempt(
        &self,
        delivery: Delivery,
        deadline: Deadline,
        output: &mut Output<'_, '_>,
    ) -> Result<Stop, ApiError> {
        let reserved = output.bill.reserve(output.prompt, deadline, output.record).await;
        if !reserved.map_err(ApiError::Usage)? {
            return Err(ApiError::BudgetReached);
        }
        let mut received = Received::default();
        let outcome = self.receive(delivery, deadline, output, &mut received).await;
        let is_free = matches!(&outcome, Err(ApiError::Model(error)) if error.is_free());
        output.bill.charge(output.prompt, &received, is_free && received.text.is_empty());
        outcome
    }

    async fn receive(
        &self,
        delivery: Delivery,
        deadline: Deadline,
        output: &mut Output<'_, '_>,
        received: &mut Received,
    ) -> Result<Stop, ApiError> {
        let mut answer = output.while_connected(self.model.ask(output.prompt, delivery, deadline)).await?;
        let mut stop = Stop::Done;
        while let Some(chunk) = output.while_connected(answer.next()).await? {
            match chunk {
                Chunk::Text(text) => {
                    received.text.push_str(&text);
                    if let Some((end, _)) = text.char_indices().nth(output.room) {
                        // Dropping the rest of the answer stops the model.
                        output.push(&text[..end]).await?;
                        return Ok(Stop::Length);
                    }
                    output.push(&text).await?;
                }
                Chunk::Stop(reason) => stop = reason,
                Chunk::Usage(usage) => {
                    received.usage = Some(usage.into());
                    output.record.update(|fields| {
                        fields.input_tokens = Some(usage.input);
                        fields.cached_tokens = usage.cached;
                        fields.cache_written_tokens = usage.cache_written;
                        fields.output_tokens = Some(usage.output);
                    });
                }
            }
        }
        Ok(stop)
    }
}

impl Output<'_, '_> {
    /// Prepares for another attempt.
    fn restart(&mut self) {
        (self.filter, self.room) = (OutputFilter::new(&self.prompt.system.canary), ANSWER);
    }

    /// Waits for the model, and stops as soon as the visitor disconnects.
    async fn while_connected<T>(
        &self,
        work: impl Future<Output = Result<T, ModelError>>,
    ) -> Result<T, ApiError> {
        let disconnected = async {
            match self.events {
                Some(events) => events.closed().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            result = work => result.map_err(|error| ApiError::Model(error.redact(self.prompt))),
            () = disconnected => Err(ApiError::ClientGone),
        }
    }

    async fn push(&mut self, text: &str) -> Result<(), ApiError> {
        self.room -= text.chars().count();
        let shown = self.filter.push(text);
        self.show(shown).await
    }

    async fn show(&mut self, text: String) -> Result<(), ApiError> {
        if text.is_empty() {
            return Ok(());
        }
        if self.text.is_empty() {
            self.record.update(|fields| fields.first_token_ms = Some(millis_since(self.start)));
        }
        if let Some(events) = self.events {
            events.send(Event::Token(text.clone())).await.map_err(|_| ApiError::ClientGone)?;
        }
        self.text.push_str(&text);
        Ok(())
    }

    fn can_retry(&self, error: &ModelError, attempts: u32) -> bool {
        let limit = if matches!(error, ModelError::KeyRejected(_)) { KEY_ATTEMPTS } else { ATTEMPTS };
        self.text.is_empty() && error.is_transient() && attempts < limit
    }

    async fn finish(&mut self, stop: Stop) -> Result<Findings, ApiError> {
        let filter = std::mem::replace(&mut self.filter, OutputFilter::new(""));
        let (rest, findings) = filter.finish();
        self.show(rest).await?;
        let substitute = |substitute: Substitute| substitute.text(self.prompt.visitor_texts());
        let ending = match stop {
            _ if findings.leak => {
                let recited = substitute(Substitute::Recited);
                Some(if self.text.is_empty() { recited.to_owned() } else { format!("\n\n{recited}") })
            }
            Stop::Filtered if self.text.is_empty() => Some(substitute(Substitute::Filtered).to_owned()),
            _ if self.text.trim().is_empty() && findings.unanswered => {
                Some(substitute(Substitute::Unknown).to_owned())
            }
            Stop::Length if self.text.trim().is_empty() => {
                return Err(ApiError::Model(ModelError::EmptyByLength));
            }
            _ if self.text.trim().is_empty() => return Err(ApiError::Model(ModelError::Empty)),
            Stop::Length => Some(" …".to_owned()),
            _ => None,
        };
        if let Some(ending) = ending {
            self.show(ending).await?;
        }
        self.record.update(|fields| {
            fields.model_ms = Some(millis_since(self.start));
            fields.leak_held_back = findings.leak;
            fields.stop = Some(format!("{stop:?}").to_lowercase());
        });
        Ok(findings)
    }
}
