//! A model on Amazon Bedrock, called with `Converse` or `ConverseStream`.

mod stream;

use async_trait::async_trait;
use contract::limits::{ANSWER_TOKENS, bedrock_context_tokens};
use http::{HeaderValue, Method, StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Chunk, Delivery, Model, ModelError, Stop};
use crate::aws::{Aws, AwsRequest};
use crate::client::read_body;
use crate::clock::Deadline;
use crate::config::Service;
use crate::memory::Role;
use crate::prompt::Prompt;

use stream::FrameDecoder;

/// Low, so that the twin keeps to its notes.
const TEMPERATURE: f64 = 0.3;

#[derive(Clone, Debug)]
pub struct Bedrock {
    aws: Aws,
    model: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Converse {
    output: Output,
    stop_reason: String,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Output {
    message: OutputMessage,
}

#[derive(Deserialize)]
struct OutputMessage {
    content: Vec<Block>,
}

/// A block of content. Blocks without text, such as a model's reasoning, are not shown to visitors.
#[derive(Deserialize)]
struct Block {
    text: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Usage {
    input_tokens: u64,
    output_tokens: u64,
}

impl Bedrock {
    pub fn new(aws: Aws, model: String) -> Self {
        Self { aws, model }
    }

    fn request(&self, prompt: &Prompt, delivery: Delivery) -> AwsRequest {
        let endpoint = self.aws.settings().endpoint(Service::Bedrock);
        let model = utf8_percent_encode(&self.model, NON_ALPHANUMERIC);
        let operation = match delivery {
            Delivery::Full => "converse",
            Delivery::Streamed => "converse-stream",
        };
        let url = format!("{endpoint}/model/{model}/{operation}");
        AwsRequest::new(Service::Bedrock, Method::POST, url, self.body(prompt).to_string())
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
    }

    fn body(&self, prompt: &Prompt) -> Value {
        let mut system = vec![json!({"text": prompt.system.text})];
        if supports_prompt_cache(&self.model) {
            system.push(json!({"cachePoint": {"type": "default"}}));
        }
        system.push(json!({"text": prompt.today}));
        let messages: Vec<Value> = prompt
            .turns
            .iter()
            .map(|turn| {
                let role = if turn.role == Role::User { "user" } else { "assistant" };
                json!({"role": role, "content": [{"text": turn.text}]})
            })
            .collect();
        json!({
            "system": system,
            "messages": messages,
            "inferenceConfig": {"maxTokens": ANSWER_TOKENS, "temperature": TEMPERATURE},
        })
    }
}

#[async_trait]
impl Model for Bedrock {
    async fn ask(
        &self,
        prompt: &Prompt,
        delivery: Delivery,
        deadline: Deadline,
    ) -> Result<Answer, ModelError> {
        let until = deadline.instant();
        let response = self.aws.send(self.request(prompt, delivery), until).await?;
        let status = response.status();
        if !status.is_success() {
            return Err(response_error(status, &read_body(response.into_body(), until).await?));
        }
        match delivery {
            Delivery::Streamed => {
                Ok(Answer::streamed(response.into_body(), FrameDecoder::default(), deadline))
            }
            Delivery::Full => parse(&read_body(response.into_body(), until).await?, deadline),
        }
    }

    fn context_tokens(&self) -> usize {
        bedrock_context_tokens(&self.model)
    }
}

fn parse(body: &[u8], deadline: Deadline) -> Result<Answer, ModelError> {
    let converse: Converse =
        serde_json::from_slice(body).map_err(|error| ModelError::Malformed(error.to_string()))?;
    let text = converse.output.message.content.into_iter().filter_map(|block| block.text).collect();
    let usage =
        converse.usage.map(|usage| Chunk::Usage { input: usage.input_tokens, output: usage.output_tokens });
    let chunks = [Chunk::Text(text), Chunk::Stop(stop_reason(&converse.stop_reason))];
    Ok(Answer::full(chunks.into_iter().chain(usage), deadline))
}

fn stop_reason(reason: &str) -> Stop {
    match reason {
        "end_turn" | "stop_sequence" => Stop::Done,
        "max_tokens" => Stop::Length,
        "guardrail_intervened" | "content_filtered" => Stop::Filtered,
        other => Stop::Other(other.to_owned()),
    }
}

/// Returns whether the model supports prompt caching. Other models reject a request that has a cache point.
fn supports_prompt_cache(model: &str) -> bool {
    let older = [
        "claude-3-haiku",
        "claude-3-sonnet",
        "claude-3-opus",
        "claude-3-5-sonnet",
        "claude-v2",
        "claude-instant",
    ];
    (model.contains("amazon.nova") || model.contains("anthropic.claude"))
        && !older.iter().any(|name| model.contains(name))
}

fn response_error(status: StatusCode, body: &[u8]) -> ModelError {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let message = value.get("message").or_else(|| value.get("Message")).and_then(Value::as_str);
    let mut message: String = message.unwrap_or("no reason given").chars().take(300).collect();
    if message.contains("on-demand throughput") {
        message
            .push_str(" (prefix the model id with that of an inference profile: eu., us., apac. or global.)");
    }
    match status {
        StatusCode::TOO_MANY_REQUESTS => ModelError::Throttled(message),
        // 424: the model failed, but not the service.
        StatusCode::REQUEST_TIMEOUT | StatusCode::FAILED_DEPENDENCY => {
            ModelError::Unavailable { status: status.as_u16(), message }
        }
        status if status.is_server_error() => ModelError::Unavailable { status: status.as_u16(), message },
        status => ModelError::Rejected { status: status.as_u16(), message },
    }
}

#[cfg(test)]
mod tests;
