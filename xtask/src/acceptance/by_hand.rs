//! Calls to AWS without twinctl, as someone makes them by hand. botocore makes them, so that the SDK of twinctl does not
//! check itself, and xtask need not link it.

use std::fmt;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use testbed::venv;

/// A running Python process. It exits when its standard input is closed.
#[derive(Debug)]
pub(super) struct ByHand {
    process: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    region: String,
}

/// An error response of AWS, or the reason why there was none.
#[derive(Debug, thiserror::Error)]
#[error("{code}: {message}")]
pub(super) struct Refusal {
    pub(super) code: String,
    message: String,
}

impl Refusal {
    /// Whether IAM did not allow the call.
    pub(super) fn is_denied(&self) -> bool {
        ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"]
            .contains(&self.code.as_str())
    }
}

/// Temporary credentials of a role: the access key, its secret and the session token.
#[derive(Clone)]
pub(super) struct Keys(pub(super) [String; 3]);

impl fmt::Debug for Keys {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("Keys")
    }
}

impl ByHand {
    /// Starts Python with the environment variables that twinctl gets.
    pub(super) fn start(environment: &[(String, String)], region: &str) -> Result<Self> {
        let mut command = Command::new(venv::EMULATOR.install()?);
        command
            .args(["-c", include_str!("by_hand.py")])
            .env_remove("AWS_ENDPOINT_URL")
            .envs(environment.iter().cloned());
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let requests = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().context("Python has no standard output")?);
        Ok(Self { process, requests, answers, region: region.to_owned() })
    }

    /// Calls an operation, named as in botocore. Fails with [`Refusal`] if AWS refuses it.
    pub(super) fn call(&mut self, service: &str, operation: &str, parameters: Value) -> Result<Value> {
        let answer = self.attempt(service, operation, parameters, None)?;
        answer.with_context(|| format!("{service} {operation}"))
    }

    /// Calls an operation, with the keys of a role if there are any. The inner result is the answer of AWS.
    pub(super) fn attempt(
        &mut self,
        service: &str,
        operation: &str,
        parameters: Value,
        keys: Option<&Keys>,
    ) -> Result<Result<Value, Refusal>> {
        // Global services, and the certificates of CloudFront.
        let is_global = ["acm", "cloudfront", "iam", "route53", "wafv2"].contains(&service);
        let region = if is_global { "us-east-1" } else { &self.region };
        let keys = keys.map(|Keys(keys)| keys);
        let mut request =
            json!({ "service": service, "operation": operation, "region": region, "keys": keys });
        request["parameters"] = parameters;
        self.exchange(&request)
    }

    /// Requests a page. Returns its text.
    pub(super) fn visit(&mut self, url: &str, headers: &Value) -> Result<String> {
        let answer =
            self.exchange(&json!({ "visit": url, "headers": headers }))?.context("the visit failed")?;
        Ok(text(&answer["body"]))
    }

    fn exchange(&mut self, request: &Value) -> Result<Result<Value, Refusal>> {
        let requests = self.requests.as_mut().context("Python has exited")?;
        writeln!(requests, "{request}")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let mut answer: Value = serde_json::from_str(&line).context("Python did not answer")?;
        Ok(match answer.get("code") {
            Some(code) => Err(Refusal { code: text(code), message: text(&answer["message"]) }),
            None => Ok(answer["answer"].take()),
        })
    }
}

impl Drop for ByHand {
    fn drop(&mut self) {
        drop(self.requests.take());
        let _ = self.process.wait();
    }
}

/// Returns a string of a JSON document, or nothing.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
