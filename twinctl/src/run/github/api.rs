//! A client of GitHub's REST API.

use std::time::Duration;

use http::{Method, header};
use serde_json::Value;

use crate::system::{
    clock,
    exchange::{self, Response},
    host::variable,
};

const TIMEOUT: Duration = Duration::from_secs(10);
/// Enough for a page of a hundred comments of maximum length.
const LARGEST_BODY: usize = 32 << 20;

/// The address of the API, and the token, if any.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    /// For example `https://api.github.com`, without a trailing slash.
    root: String,
    token: Option<Token>,
}

/// An access token, which `Debug` does not print.
#[derive(Clone)]
struct Token(String);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

/// A failed API call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ApiError {
    /// A transient error. GitHub may specify when to retry.
    #[error("{why}")]
    Passing { why: String, after: Option<Duration> },
    #[error("{status}: {why}")]
    Refused { status: u16, why: String },
}

impl Api {
    /// Returns `None` if the job has no token.
    pub(crate) fn of_job() -> Option<Self> {
        let api = Self::of_environment();
        api.has_token().then_some(api)
    }

    /// Uses the token of the environment, if there is one. Public data can be read without.
    pub(crate) fn of_environment() -> Self {
        let token = ["GITHUB_TOKEN", "GH_TOKEN"].into_iter().find_map(variable);
        let root = variable("GITHUB_API_URL").unwrap_or_else(|| "https://api.github.com".to_owned());
        Self { token: token.map(Token), ..Self::without_token(&root) }
    }

    pub(crate) fn without_token(root: &str) -> Self {
        Self { root: root.trim_end_matches('/').to_owned(), token: None }
    }

    #[cfg(test)]
    pub(crate) fn new(root: &str, token: String) -> Self {
        Self::without_token(root).or_token(Some(token))
    }

    /// Uses `token` if the environment has none.
    #[must_use]
    pub(crate) fn or_token(self, token: Option<String>) -> Self {
        Self { token: self.token.or(token.map(Token)), ..self }
    }

    pub(crate) fn has_token(&self) -> bool {
        self.token.is_some()
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value, ApiError> {
        self.call(Method::GET, path, Vec::new()).await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: &Value) -> Result<Value, ApiError> {
        self.call(method, path, body.to_string().into_bytes()).await
    }

    async fn call(&self, method: Method, path: &str, body: Vec<u8>) -> Result<Value, ApiError> {
        let passing = |why: String| ApiError::Passing { why, after: None };
        let mut request = http::Request::builder().method(method).uri(format!("{}{path}", self.root));
        if let Some(Token(token)) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request
            .header(header::ACCEPT, "application/vnd.github+json")
            .header(header::USER_AGENT, concat!("twinctl/", env!("CARGO_PKG_VERSION")))
            .header("x-github-api-version", "2022-11-28");
        let exchange = async {
            let answer = exchange::send(request, body).await.map_err(|error| passing(error.to_string()))?;
            let (status, after) = (answer.status, pause(&answer));
            let text = answer.text(LARGEST_BODY).await.map_err(|error| passing(error.to_string()))?;
            let json = serde_json::from_str(&text).unwrap_or(Value::Null);
            if status < 300 { Ok(json) } else { Err(refusal(status, after, &json)) }
        };
        tokio::time::timeout(TIMEOUT, exchange)
            .await
            .map_err(|_| passing("no response in time".to_owned()))?
    }
}

fn refusal(status: u16, after: Option<Duration>, json: &Value) -> ApiError {
    let why: String = json["message"].as_str().unwrap_or("no reason given").chars().take(200).collect();
    match status {
        429 | 500.. => ApiError::Passing { why: format!("{status}: {why}"), after },
        // Rate limits are also reported as 403, with the time to wait.
        403 if after.is_some() => ApiError::Passing { why: format!("{status}: {why}"), after },
        _ => ApiError::Refused { status, why },
    }
}

/// Returns how long to wait before the next call, if GitHub specifies it.
fn pause(answer: &Response) -> Option<Duration> {
    let seconds = |name| answer.header(name).parse::<i64>().ok();
    let until_reset = || {
        let spent = answer.header("x-ratelimit-remaining") == "0";
        seconds("x-ratelimit-reset").filter(|_| spent).map(|reset| reset - clock::now().as_second())
    };
    let left = seconds("retry-after").or_else(until_reset)?;
    Some(Duration::from_secs(u64::try_from(left).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twin::chat::script::{json, twin};

    async fn answered(status: &str, headers: &str, body: &str) -> Result<Value, ApiError> {
        let (endpoint, _) = twin(vec![json(status, headers, body)]).await;
        Api::new(&endpoint.url, "secret".to_owned()).get("/repos").await
    }

    #[tokio::test]
    async fn transient_errors_are_distinguished_from_refusals() {
        let body = r#"{"message":"no"}"#;
        let passing = |why: &str, seconds: Option<u64>| {
            Err(ApiError::Passing { why: why.to_owned(), after: seconds.map(Duration::from_secs) })
        };
        assert_eq!(answered("200 OK", "", r#"{"a":1}"#).await, Ok(serde_json::json!({ "a": 1 })));
        assert_eq!(answered("502 Bad Gateway", "", "<html>").await, passing("502: no reason given", None));
        assert_eq!(answered("429 Slow", "retry-after: 7\r\n", body).await, passing("429: no", Some(7)));
        let spent = "x-ratelimit-remaining: 0\r\nx-ratelimit-reset: 5\r\n";
        assert_eq!(answered("403 Forbidden", spent, body).await, passing("403: no", Some(0)));
        let left = "x-ratelimit-remaining: 12\r\nx-ratelimit-reset: 5\r\n";
        let refused = Err(ApiError::Refused { status: 403, why: "no".to_owned() });
        assert_eq!(answered("403 Forbidden", left, body).await, refused);
    }

    #[test]
    fn debug_output_does_not_contain_the_token() {
        assert!(!format!("{:?}", Api::new("http://localhost", "secret".to_owned())).contains("secret"));
    }
}
