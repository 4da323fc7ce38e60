//! The model's key from Secrets Manager, kept for some minutes.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Method, header};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{Aws, Call};
use crate::client::{SendError, read};
use crate::config::Service;

/// A key that was replaced is known after that time, or as soon as the one before is refused.
const KEPT_FOR: Duration = Duration::from_mins(5);

/// A secret that is either the bare key or JSON with the key in it.
#[derive(Debug)]
pub struct Secret {
    aws: Aws,
    id: String,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    key: String,
    since: Instant,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept").field("since", &self.since).finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("Secrets Manager could not be reached")]
    Unreachable(#[source] SendError),
    #[error("Secrets Manager refused with status {status}: {message}")]
    Refused { status: u16, message: String },
    #[error("the secret holds no key: neither a bare one nor openai_api_key in JSON")]
    NoKey,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SecretValue {
    secret_string: Option<String>,
}

impl Secret {
    pub fn new(aws: Aws, id: String) -> Self {
        Self { aws, id, kept: Mutex::new(None) }
    }

    pub async fn key(&self, until: Instant) -> Result<String, SecretError> {
        let mut kept = self.kept.lock().await;
        if let Some(kept) = kept.as_ref().filter(|kept| kept.since.elapsed() < KEPT_FOR) {
            return Ok(kept.key.clone());
        }
        match self.fetch(until).await {
            Ok(key) => {
                *kept = Some(Kept { key: key.clone(), since: Instant::now() });
                Ok(key)
            }
            // Better a key that may be an old one than no answer.
            Err(error) => kept.as_ref().map(|kept| kept.key.clone()).ok_or(error),
        }
    }

    /// The key was refused: it may have been changed.
    pub async fn forget(&self) {
        *self.kept.lock().await = None;
    }

    async fn fetch(&self, until: Instant) -> Result<String, SecretError> {
        let url = format!("{}/", self.aws.settings().endpoint(Service::SecretsManager));
        let body = json!({"SecretId": self.id}).to_string();
        let call = Call::new(Service::SecretsManager, Method::POST, url, body)
            .header(header::CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1"))
            .header(
                HeaderName::from_static("x-amz-target"),
                HeaderValue::from_static("secretsmanager.GetSecretValue"),
            );
        let response = self.aws.send(call, until).await.map_err(SecretError::Unreachable)?;
        let status = response.status();
        let body = read(response.into_body(), until).await.map_err(SecretError::Unreachable)?;
        if !status.is_success() {
            let message = String::from_utf8_lossy(&body).chars().take(300).collect();
            return Err(SecretError::Refused { status: status.as_u16(), message });
        }
        let value: SecretValue = serde_json::from_slice(&body).map_err(|_| SecretError::NoKey)?;
        value.secret_string.as_deref().and_then(key_in).ok_or(SecretError::NoKey)
    }
}

fn key_in(text: &str) -> Option<String> {
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
    fn a_key_is_read_bare_or_from_json() {
        let cases = [
            ("sk-1\n", Some("sk-1")),
            ("\"sk-2\"", Some("sk-2")),
            (r#"{"openai_api_key": "sk-3"}"#, Some("sk-3")),
            (r#"{"OPENAI_API_KEY": "sk-4"}"#, Some("sk-4")),
            (r#"{"other": "x"}"#, None),
            ("  ", None),
        ];
        for (text, key) in cases {
            assert_eq!(key_in(text).as_deref(), key, "{text}");
        }
    }
}
