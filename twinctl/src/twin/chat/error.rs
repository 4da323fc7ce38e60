//! Errors of a chat request.

use std::time::Duration;

use contract::pause;
use serde::Deserialize;

use super::SessionId;
use crate::{
    system::exchange::{ExchangeError, Response},
    ui::{Diagnostic, Exit, plain},
};

const LARGEST_ERROR: usize = 64 << 10;

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ChatError {
    /// The request was not sent.
    Unreachable(String),
    /// The request may have been processed, but the response is incomplete.
    Lost(String),
    Refused(ErrorResponse),
    /// The response did not come from a twin.
    Unexpected,
}

impl From<ExchangeError> for ChatError {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::Unreachable(why) => Self::Unreachable(why),
            ExchangeError::Lost(why) => Self::Lost(why),
        }
    }
}

/// An error response of the twin, or of a server in front of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ErrorResponse {
    pub(crate) status: u16,
    /// The twin's error code, such as `too_many_turns`. Empty if the response is not from the twin.
    pub(crate) code: String,
    pub(crate) detail: String,
    pub(crate) retry_after: Option<Duration>,
}

/// The body of an error response. The twin sends `detail`, API Gateway sends `message`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Body {
    status_code: u16,
    code: String,
    detail: String,
    message: String,
}

impl ErrorResponse {
    pub(super) async fn read(answer: Response) -> Self {
        let status = answer.status;
        let retry_after = answer.header("retry-after").trim().parse().ok().map(Duration::from_secs);
        let body = answer.text(LARGEST_ERROR).await.unwrap_or_default();
        // A body that is not JSON is an HTML page.
        let body: Body = serde_json::from_str(&body).unwrap_or_default();
        Self::new(status, body, retry_after)
    }

    /// Parses the data of an `error` event.
    pub(super) fn from_event(data: &str) -> Option<Self> {
        let body: Body = serde_json::from_str(data).ok()?;
        (body.status_code != 0).then(|| Self::new(body.status_code, body, None))
    }

    fn new(status: u16, body: Body, retry_after: Option<Duration>) -> Self {
        let reason = || {
            let status = http::StatusCode::from_u16(status).ok();
            status.and_then(|status| status.canonical_reason()).unwrap_or("unknown status").to_owned()
        };
        let detail = [body.detail, body.message].into_iter().find(|text| !text.is_empty());
        Self { status, code: body.code, detail: detail.unwrap_or_else(reason), retry_after }
    }

    /// Returns the exit code: `Usage` if the question was invalid.
    fn exit(&self) -> Exit {
        if matches!(self.status, 400 | 413 | 415 | 422) { Exit::Usage } else { Exit::Unhealthy }
    }

    fn message(&self) -> String {
        match self.status {
            _ if self.code == pause::CODE => "the chat is paused".to_owned(),
            400 | 413 | 415 | 422 => "the twin rejected this question".to_owned(),
            429 => "the twin gets too many requests right now".to_owned(),
            503 => "the twin cannot answer right now".to_owned(),
            status => format!("the twin responded with status {status}"),
        }
    }

    fn hint(&self, environment: &str) -> Option<String> {
        let retry = |wait: Duration| format!("ask again in {} s", wait.as_secs().max(1));
        match (self.status, self.code.as_str()) {
            (400 | 413 | 415 | 422, _) => None,
            (429, _) => Some(self.retry_after.map_or_else(|| "ask again in a moment".to_owned(), retry)),
            (_, pause::CODE) => Some(format!("run `twinctl resume {environment}` to open it")),
            (_, "persona_missing") => Some(format!(
                "fill in the data files in `data/`, then run `twinctl upload-data {environment}`"
            )),
            (403 | 404, _) => Some(format!("run `twinctl status {environment}` to find the cause")),
            _ => Some(format!("run `twinctl logs {environment}` to find the cause")),
        }
    }
}

impl ChatError {
    /// Returns the error for the terminal.
    pub(crate) fn diagnostic(&self, environment: &str, session: &SessionId) -> Diagnostic {
        let unhealthy = |message: &str| Diagnostic::new(Exit::Unhealthy, message);
        let status = format!("run `twinctl status {environment}` to find the cause");
        match self {
            Self::Unreachable(why) => unhealthy("the twin does not answer").cause(why).hint(status),
            Self::Lost(why) => {
                let retry = format!("ask again: `twinctl chat {environment} --session {session}`");
                unhealthy("the answer was lost").cause(why).hint(retry)
            }
            Self::Refused(response) => {
                let diagnostic =
                    Diagnostic::new(response.exit(), response.message()).cause(plain(&response.detail));
                response.hint(environment).into_iter().fold(diagnostic, Diagnostic::hint)
            }
            Self::Unexpected => unhealthy("the response is not that of a twin").hint(status),
        }
    }
}
