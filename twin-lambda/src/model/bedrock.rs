//! A model on Amazon Bedrock, called with `Converse` or `ConverseStream`.

mod response;

use async_trait::async_trait;
use contract::limits::bedrock_context_tokens;
use http::{HeaderValue, Method, header};
use serde_json::{Value, json};

use super::{Answer, Delivery, Model, ModelError};
use crate::aws::{Aws, AwsRequest, encode_segment};
use crate::client::read_body;
use crate::clock::Deadline;
use crate::config::Service;
use crate::memory::Role;
use crate::prompt::Prompt;

use response::{FrameDecoder, parse, response_error};

/// Low, so that the twin keeps to its notes.
const TEMPERATURE: f64 = 0.3;

#[derive(Clone, Debug)]
pub struct Bedrock {
    aws: Aws,
    model: String,
}

impl Bedrock {
    pub fn new(aws: Aws, model: String) -> Self {
        Self { aws, model }
    }

    fn request(&self, prompt: &Prompt, delivery: Delivery) -> AwsRequest {
        let endpoint = self.aws.settings().endpoint(Service::Bedrock);
        let model = encode_segment(&self.model);
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
            "inferenceConfig": {"maxTokens": prompt.answer_tokens, "temperature": TEMPERATURE},
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
            let (head, body) = response.into_parts();
            return Err(response_error(status, &head.headers, &read_body(body, until).await?));
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

#[cfg(test)]
mod tests;
