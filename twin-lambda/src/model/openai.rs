//! A model behind OpenAI's chat completions API: OpenAI, Ollama, vLLM and others.

mod response;

use async_trait::async_trait;
use bytes::Bytes;
use contract::models::Provider;
use http::{Method, Request, StatusCode, header};
use http_body_util::Full;
use serde_json::{Value, json};

use super::settings::Settings;
use super::{Answer, Delivery, Model, ModelError};
use crate::aws::secret::Secret;
use crate::client::{HttpClient, SendError, read_body};
use crate::clock::Deadline;
use crate::memory::Role;
use crate::prompt::Prompt;

use response::{EventDecoder, parse, response_error};

#[derive(Debug)]
pub struct OpenAi {
    client: HttpClient,
    base_url: String,
    model: String,
    key: Key,
    settings: Settings,
}

/// The API key, or the secret that contains it.
pub enum Key {
    None,
    Plain(String),
    Secret(Box<Secret>),
}

impl OpenAi {
    pub fn new(client: HttpClient, base_url: String, model: String, key: Key) -> Self {
        let settings = Settings::new(Provider::at(&base_url), &model);
        Self { client, base_url, model, key, settings }
    }

    fn request(
        &self,
        prompt: &Prompt,
        delivery: Delivery,
        key: Option<&str>,
    ) -> Result<Request<Full<Bytes>>, SendError> {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(format!("{}/chat/completions", self.base_url))
            .header(header::CONTENT_TYPE, "application/json");
        if let Some(key) = key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        let body = self.body(prompt, delivery).to_string();
        request.body(Full::new(body.into())).map_err(SendError::Request)
    }

    fn body(&self, prompt: &Prompt, delivery: Delivery) -> Value {
        let system =
            json!({"role": "system", "content": format!("{}\n\n{}", prompt.system.text, prompt.today)});
        let turns = prompt.turns.iter().map(|turn| {
            let role = if turn.role == Role::User { "user" } else { "assistant" };
            json!({"role": role, "content": turn.text})
        });
        let mut body = json!({
            "model": self.model,
            "messages": std::iter::once(system).chain(turns).collect::<Vec<_>>(),
        });
        body[self.settings.limit_name()] = self.settings.generated_tokens(prompt.answer_tokens).into();
        if let Some(temperature) = self.settings.temperature() {
            body["temperature"] = temperature.into();
        }
        if let Some(effort) = self.settings.effort() {
            body["reasoning_effort"] = effort.into();
        }
        if delivery == Delivery::Streamed {
            body["stream"] = true.into();
            if self.settings.reports_usage() {
                body["stream_options"] = json!({"include_usage": true});
            }
        }
        body
    }
}

impl OpenAi {
    async fn ask_once(
        &self,
        prompt: &Prompt,
        delivery: Delivery,
        deadline: Deadline,
    ) -> Result<Answer, ModelError> {
        let until = deadline.instant();
        let key = match &self.key {
            Key::None => None,
            Key::Plain(key) => Some(key.clone()),
            Key::Secret(secret) => Some(secret.key(until).await?),
        };
        let request = self.request(prompt, delivery, key.as_deref())?;
        let response = self.client.send(request, until).await?;
        let status = response.status();
        if status == StatusCode::UNAUTHORIZED
            && let Key::Secret(secret) = &self.key
        {
            secret.invalidate().await;
        }
        if !status.is_success() {
            let (head, body) = response.into_parts();
            return Err(response_error(
                status,
                &head.headers,
                &read_body(body, until).await?,
                key.as_deref(),
            ));
        }
        let is_stream = response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("text/event-stream")));
        if is_stream {
            return Ok(Answer::streamed(response.into_body(), EventDecoder::new(key), deadline));
        }
        parse(&read_body(response.into_body(), until).await?, deadline)
    }
}

#[async_trait]
impl Model for OpenAi {
    async fn ask(
        &self,
        prompt: &Prompt,
        delivery: Delivery,
        deadline: Deadline,
    ) -> Result<Answer, ModelError> {
        loop {
            match self.ask_once(prompt, self.settings.delivery(delivery), deadline).await {
                Err(error) if self.settings.learn(&error) => {}
                outcome => return outcome,
            }
        }
    }

    async fn system_tokens(&self, _deadline: Deadline) -> usize {
        self.settings.system_tokens()
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Plain(_) => "Plain(..)",
            Self::Secret(_) => "Secret(..)",
        })
    }
}

#[cfg(test)]
mod tests;
