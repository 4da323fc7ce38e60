//! The model's part of a turn: ask it, patiently, and pass on what may be shown.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{Event, Twin};
use crate::clock::{self, Deadline};
use crate::error::{ApiError, chain};
use crate::log::{Record, millis_since};
use crate::model::{Delivery, ModelError, Piece, Stop};
use crate::prompt::Prompt;
use crate::screen::{Found, Screen};

const TRIES: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(300);

const FILTERED: &str = "I would rather not answer that one.";
const UNKNOWN: &str = "I do not know that.";
const RECITED: &str = "I keep my instructions to myself. What else would you like to know?";

#[derive(Debug)]
pub(super) struct Spoken {
    pub(super) text: String,
    pub(super) found: Found,
}

/// What a visitor has got so far.
struct Voice<'a> {
    events: Option<&'a mpsc::Sender<Event>>,
    record: &'a Record,
    screen: Screen,
    text: String,
    start: Instant,
}

impl Twin {
    /// Asks again what may be answered in a moment, while there is time and nothing has been said yet.
    pub(super) async fn speak(
        &self,
        prompt: &Prompt,
        delivery: Delivery,
        deadline: Deadline,
        events: Option<&mpsc::Sender<Event>>,
        record: &Record,
    ) -> Result<Spoken, ApiError> {
        let screen = || Screen::new(&prompt.brief.canary);
        let mut voice =
            Voice { events, record, screen: screen(), text: String::new(), start: Instant::now() };
        let mut pause = FIRST_PAUSE;
        let mut tries = 1;
        let stop = loop {
            match self.attempt(prompt, delivery, deadline, &mut voice).await {
                Ok(stop) => break stop,
                Err(ApiError::Model(error))
                    if voice.may_start_over(&error, tries, deadline.left(), pause) =>
                {
                    record.warn(chain(&error));
                    voice.screen = screen();
                    clock::pause_about(pause).await;
                    pause *= 2;
                    tries += 1;
                }
                Err(error) => return Err(error),
            }
        };
        voice.finish(stop).await
    }

    async fn attempt(
        &self,
        prompt: &Prompt,
        delivery: Delivery,
        deadline: Deadline,
        voice: &mut Voice<'_>,
    ) -> Result<Stop, ApiError> {
        let mut answer = voice.unless_gone(self.model.ask(prompt, delivery, deadline)).await?;
        let mut stop = Stop::Done;
        while let Some(piece) = voice.unless_gone(answer.next()).await? {
            match piece {
                Piece::Text(text) => voice.say(&text).await?,
                Piece::Stop(reason) => stop = reason,
                Piece::Usage { input, output } => voice.record.note(|fields| {
                    fields.input_tokens = Some(input);
                    fields.output_tokens = Some(output);
                }),
            }
        }
        Ok(stop)
    }
}

impl Voice<'_> {
    /// A visitor who left is noticed while the model is still thinking.
    async fn unless_gone<T>(&self, work: impl Future<Output = Result<T, ModelError>>) -> Result<T, ApiError> {
        let gone = async {
            match self.events {
                Some(events) => events.closed().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            done = work => done.map_err(ApiError::Model),
            () = gone => Err(ApiError::ClientGone),
        }
    }

    async fn say(&mut self, text: &str) -> Result<(), ApiError> {
        let shown = self.screen.pass(text);
        self.show(shown).await
    }

    async fn show(&mut self, text: String) -> Result<(), ApiError> {
        if text.is_empty() {
            return Ok(());
        }
        if self.text.is_empty() {
            self.record.note(|fields| fields.first_token_ms = Some(millis_since(self.start)));
        }
        self.text.push_str(&text);
        match self.events {
            Some(events) => events.send(Event::Token(text)).await.map_err(|_| ApiError::ClientGone),
            None => Ok(()),
        }
    }

    fn may_start_over(&self, error: &ModelError, tries: u32, left: Duration, pause: Duration) -> bool {
        let tries_allowed = if matches!(error, ModelError::KeyRefused(_)) { 2 } else { TRIES };
        self.text.is_empty() && error.is_passing() && tries < tries_allowed && left > pause * 2
    }

    async fn finish(mut self, stop: Stop) -> Result<Spoken, ApiError> {
        let screen = std::mem::replace(&mut self.screen, Screen::new(""));
        let (rest, found) = screen.finish();
        self.show(rest).await?;
        let ending = match stop {
            _ if found.leak => {
                Some(if self.text.is_empty() { RECITED.to_owned() } else { format!("\n\n{RECITED}") })
            }
            Stop::Length => Some(" …".to_owned()),
            Stop::Filtered if self.text.is_empty() => Some(FILTERED.to_owned()),
            _ if self.text.trim().is_empty() && found.unanswered => Some(UNKNOWN.to_owned()),
            _ if self.text.trim().is_empty() => return Err(ApiError::Model(ModelError::Empty)),
            _ => None,
        };
        if let Some(ending) = ending {
            self.show(ending).await?;
        }
        self.record.note(|fields| {
            fields.model_ms = Some(millis_since(self.start));
            fields.leak_held_back = found.leak;
            fields.stop = Some(format!("{stop:?}").to_lowercase());
        });
        Ok(Spoken { text: self.text, found })
    }
}
