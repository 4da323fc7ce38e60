//! The model's API key from Secrets Manager, cached for a few minutes.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Aws;
use crate::client::{SendError, read_body};
use crate::config::Service;

/// How long the key is cached. It is read again earlier if the model rejects it.
const CACHE_TIME: Duration = Duration::from_mins(5);

/// A secret that contains the key, either as plain text or in JSON.
#[derive(Debug)]
pub struct Secret {
    aws: Aws,
    id: String,
    cached: Mutex<Option<Cached>>,
}

struct Cached {
    key: String,
    since: Instant,
}

impl std::fmt::Debug for Cached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cached").field("since", &self.since).finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("failed to reach Secrets Manager")]
    Unreachable(#[source] SendError),
    #[error("Secrets Manager rejected the request with status {status}: {message}")]
    Rejected { status: u16, message: String },
    #[error("the secret contains no key, neither as plain text nor as openai_api_key in JSON")]
    NoKey,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SecretValue {
    secret_string: Option<String>,
}

impl Secret {
    pub fn new(aws: Aws, id: String) -> Self {
        Self { aws, id, cached: Mutex::new(None) }
    }

    pub async fn key(&self, until: Instant) -> Result<String, SecretError> {
        let mut cached = self.cached.lock().await;
        if let Some(cached) = cached.as_ref().filter(|cached| cached.since.elapsed() < CACHE_TIME) {
            return Ok(cached.key.clone());
        }
        match self.fetch(until).await {
            Ok(key) => {
                *cached = Some(Cached { key: key.clone(), since: Instant::now() });
                Ok(key)
            }
            // The cached key may be outdated, but it is better than none.
            Err(error) => cached.as_ref().map(|cached| cached.key.clone()).ok_or(error),
        }
    }

    /// Removes the key from the cache, after the model rejected it.
    pub async fn invalidate(&self) {
        *self.cached.lock().await = None;
    }

    async fn fetch(&self, until: Instant) -> Result<String, SecretError> {
        let (content_type, target) = ("application/x-amz-json-1.1", "secretsmanager.GetSecretValue");
        let body = json!({"SecretId": self.id});
        let request = self.aws.json(Service::SecretsManager, content_type, target, &body);
        let response = self.aws.send(request, until).await.map_err(SecretError::Unreachable)?;
        let status = response.status();
        let body = read_body(response.into_body(), until).await.map_err(SecretError::Unreachable)?;
        if !status.is_success() {
            let message = String::from_utf8_lossy(&body).chars().take(300).collect();
            return Err(SecretError::Rejected { status: status.as_u16(), message });
        }
        let value: SecretValue = serde_json::from_slice(&body).map_err(|_| SecretError::NoKey)?;
        value.secret_string.as_deref().and_then(parse_key).ok_or(SecretError::NoKey)
    }
}

fn parse_key(text: &str) -> Option<String> {
    let text = text.trim();
    let key = match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(members)) => {
            let names = ["openai_api_key", "OPENAI_API_KEY", "api_key"];
            names.iter().find_map(|name| members.get(*name)?.as_str().map(ToOwned::to_owned))?
        }
        Ok(Value::String(key)) => key,
        _ => text.to_owned(),
    };
    Some(key.trim().to_owned()).filter(|key| !key.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_parsed_from_plain_text_and_json() {
        let cases = [
            ("sk-1\n", Some("sk-1")),
            ("\"sk-2\"", Some("sk-2")),
            (r#"{"openai_api_key": "sk-3"}"#, Some("sk-3")),
            (r#"{"OPENAI_API_KEY": "sk-4"}"#, Some("sk-4")),
            (r#"{"other": "x"}"#, None),
            ("  ", None),
        ];
        for (text, key) in cases {
            assert_eq!(parse_key(text).as_deref(), key, "{text}");
        }
    }
}
