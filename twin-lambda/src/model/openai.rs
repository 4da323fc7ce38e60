//! A model behind OpenAI's chat completions API: OpenAI, vLLM and others. Ollama is recognized, and called with its own API.

mod response;

use async_trait::async_trait;
use bytes::Bytes;
use contract::models::Provider;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use serde_json::{Value, json};

use super::ollama::{LineDecoder, Ollama, Shown};
use super::settings::{Parameters, Settings};
use super::{Answer, Delivery, Limits, Model, ModelError};
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
    ollama: Option<Ollama>,
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
        let ollama = Ollama::at(&base_url);
        Self { client, base_url, model, key, settings, ollama }
    }

    fn body(&self, prompt: &Prompt, parameters: Parameters, delivery: Delivery) -> Value {
        let mut body = json!({"model": self.model, "messages": messages(prompt)});
        body[parameters.limit_name()] = parameters.generated_tokens(prompt.answer_tokens).into();
        if let Some(temperature) = parameters.temperature() {
            body["temperature"] = temperature.into();
        }
        if let Some(effort) = parameters.effort() {
            body["reasoning_effort"] = effort.into();
        }
        if delivery == Delivery::Streamed {
            body["stream"] = true.into();
            if parameters.reports_usage() {
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
        parameters: Parameters,
        delivery: Delivery,
        deadline: Deadline,
    ) -> Result<Answer, ModelError> {
        let url = format!("{}/chat/completions", self.base_url);
        let (response, key) = self.post(&url, &self.body(prompt, parameters, delivery), deadline).await?;
        let is_stream = response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("text/event-stream")));
        if is_stream {
            return Ok(Answer::streamed(response.into_body(), EventDecoder::new(key), deadline));
        }
        parse(&read_body(response.into_body(), deadline.instant()).await?, deadline)
    }

    /// Sends a request, and returns the response with the key that was sent.
    async fn post(
        &self,
        url: &str,
        body: &Value,
        deadline: Deadline,
    ) -> Result<(Response<Incoming>, Option<String>), ModelError> {
        let until = deadline.instant();
        let key = match &self.key {
            Key::None => None,
            Key::Plain(key) => Some(key.clone()),
            Key::Secret(secret) => Some(secret.key(until).await?),
        };
        let response = self.client.send(request(url, body, key.as_deref())?, until).await?;
        let status = response.status();
        if status == StatusCode::UNAUTHORIZED
            && let Key::Secret(secret) = &self.key
        {
            secret.invalidate().await;
        }
        if status.is_success() {
            return Ok((response, key));
        }
        let (head, body) = response.into_parts();
        Err(response_error(status, &head.headers, &read_body(body, until).await?, key.as_deref()))
    }

    /// Returns Ollama and its description of the model, if the server is Ollama.
    async fn ollama(&self, deadline: Deadline) -> Option<(&Ollama, Shown)> {
        let ollama = self.ollama.as_ref()?;
        let show = |until| {
            let request = request(&ollama.url("show"), &json!({"model": self.model}), None);
            let client = self.client.clone();
            async move {
                let response = client.send(request.map_err(drop)?, until).await.map_err(drop)?;
                let status = response.status();
                Shown::parse(status, &read_body(response.into_body(), until).await.map_err(drop)?)
            }
        };
        let shown = ollama.detection.shown(deadline.remaining() / 4, show).await?;
        Some((ollama, shown))
    }
}

fn request(url: &str, body: &Value, key: Option<&str>) -> Result<Request<Full<Bytes>>, SendError> {
    let mut request =
        Request::builder().method(Method::POST).uri(url).header(header::CONTENT_TYPE, "application/json");
    if let Some(key) = key {
        request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
    }
    request.body(Full::new(body.to_string().into())).map_err(SendError::Request)
}

/// Returns the instructions and the conversation.
fn messages(prompt: &Prompt) -> Value {
    let system = json!({"role": "system", "content": format!("{}\n\n{}", prompt.system.text, prompt.today)});
    let turns = prompt.turns.iter().map(|turn| {
        let role = if turn.role == Role::User { "user" } else { "assistant" };
        json!({"role": role, "content": turn.text})
    });
    std::iter::once(system).chain(turns).collect()
}

#[async_trait]
impl Model for OpenAi {
    async fn ask(
        &self,
        prompt: &Prompt,
        delivery: Delivery,
        deadline: Deadline,
    ) -> Result<Answer, ModelError> {
        if let Some((ollama, shown)) = self.ollama(deadline).await {
            let body = ollama.body(shown, &self.model, prompt, &messages(prompt));
            let (response, _) = self.post(&ollama.url("chat"), &body, deadline).await?;
            return Ok(Answer::streamed(response.into_body(), LineDecoder::default(), deadline));
        }
        let send = |parameters, delivery| self.ask_once(prompt, parameters, delivery, deadline);
        self.settings.ask(delivery, send).await
    }

    async fn limits(&self, deadline: Deadline) -> Limits {
        match self.ollama(deadline).await {
            Some((_, shown)) => shown.limits(),
            None => self.settings.limits(),
        }
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
