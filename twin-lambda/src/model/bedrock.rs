//! A model on Amazon Bedrock, called with `Converse` or `ConverseStream`.

mod response;

use async_trait::async_trait;
use contract::models::Provider;
use http::{HeaderValue, Method, header};
use serde_json::{Value, json};

use super::settings::{Parameters, Settings};
use super::{Answer, Delivery, Limits, Model, ModelError};
use crate::aws::{Aws, AwsRequest, encode_segment};
use crate::client::read_body;
use crate::clock::Deadline;
use crate::config::Service;
use crate::memory::Role;
use crate::prompt::Prompt;

use response::{FrameDecoder, parse, response_error};

#[derive(Debug)]
pub struct Bedrock {
    aws: Aws,
    model: String,
    settings: Settings,
}

impl Bedrock {
    pub fn new(aws: Aws, model: String) -> Self {
        let settings = Settings::new(Provider::Bedrock, &model);
        Self { aws, model, settings }
    }

    fn request(&self, prompt: &Prompt, parameters: Parameters, delivery: Delivery) -> AwsRequest {
        let endpoint = self.aws.settings().endpoint(Service::Bedrock);
        let model = encode_segment(&self.model);
        let operation = match delivery {
            Delivery::Full => "converse",
            Delivery::Streamed => "converse-stream",
        };
        let url = format!("{endpoint}/model/{model}/{operation}");
        AwsRequest::new(Service::Bedrock, Method::POST, url, body(prompt, parameters).to_string())
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
    }
}

fn body(prompt: &Prompt, parameters: Parameters) -> Value {
    let mut system = vec![json!({"text": prompt.system.text})];
    if parameters.has_cache_point(prompt.system.tokens) {
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
    let mut inference = json!({"maxTokens": parameters.generated_tokens(prompt.answer_tokens)});
    if let Some(temperature) = parameters.temperature() {
        inference["temperature"] = temperature.into();
    }
    json!({"system": system, "messages": messages, "inferenceConfig": inference})
}

impl Bedrock {
    async fn ask_once(
        &self,
        prompt: &Prompt,
        parameters: Parameters,
        delivery: Delivery,
        deadline: Deadline,
    ) -> Result<Answer, ModelError> {
        let until = deadline.instant();
        let response = self.aws.send(self.request(prompt, parameters, delivery), until).await?;
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
}

#[async_trait]
impl Model for Bedrock {
    async fn ask(
        &self,
        prompt: &Prompt,
        delivery: Delivery,
        deadline: Deadline,
    ) -> Result<Answer, ModelError> {
        let send = |parameters, delivery| self.ask_once(prompt, parameters, delivery, deadline);
        self.settings.ask(delivery, send).await
    }

    async fn limits(&self, _deadline: Deadline) -> Limits {
        self.settings.limits()
    }
}

#[cfg(test)]
mod tests;
