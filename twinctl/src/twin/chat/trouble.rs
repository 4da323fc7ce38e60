//! Why a question has no answer, and what its asker can do.

use std::time::Duration;

use serde::Deserialize;

use super::SessionId;
use crate::{
    system::exchange::{Answer, Silence},
    ui::{Diagnostic, Exit, plain},
};

const LARGEST_REFUSAL: usize = 64 << 10;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Nobody took the question.
    Unreachable(String),
    /// It may have been taken; its answer did not come to the end.
    Lost(String),
    Refused(Refusal),
    /// Something answers that is not a twin.
    Strange,
}

impl From<Silence> for Trouble {
    fn from(silence: Silence) -> Self {
        match silence {
            Silence::Unreachable(why) => Self::Unreachable(why),
            Silence::Lost(why) => Self::Lost(why),
        }
    }
}

/// A no, by the twin or by what stands before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// Stable words of the twin's own: `too_many_turns`. Empty where something before it refused.
    pub(crate) code: String,
    pub(crate) detail: String,
    pub(crate) retry_after: Option<Duration>,
}

/// The twin says `detail`, the gateway before it `message`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Said {
    status_code: u16,
    code: String,
    detail: String,
    message: String,
}

impl Refusal {
    pub(super) async fn read(answer: Answer) -> Self {
        let status = answer.status;
        let retry_after = answer.header("retry-after").trim().parse().ok().map(Duration::from_secs);
        let body = answer.text(LARGEST_REFUSAL).await.unwrap_or_default();
        // What is not JSON is a page for browsers.
        let said: Said = serde_json::from_str(&body).unwrap_or_default();
        Self::new(status, said, retry_after)
    }

    /// From inside a stream.
    pub(super) fn event(data: &str) -> Option<Self> {
        let said: Said = serde_json::from_str(data).ok()?;
        (said.status_code != 0).then(|| Self::new(said.status_code, said, None))
    }

    fn new(status: u16, said: Said, retry_after: Option<Duration>) -> Self {
        let reason = || {
            let status = http::StatusCode::from_u16(status).ok();
            status.and_then(|status| status.canonical_reason()).unwrap_or("without a reason").to_owned()
        };
        let detail = [said.detail, said.message].into_iter().find(|text| !text.is_empty());
        Self { status, code: said.code, detail: detail.unwrap_or_else(reason), retry_after }
    }

    /// Whose mistake it was.
    fn exit(&self) -> Exit {
        if matches!(self.status, 400 | 413 | 415 | 422) { Exit::Usage } else { Exit::Unhealthy }
    }

    fn message(&self) -> String {
        match self.status {
            400 | 413 | 415 | 422 => "the twin does not take this question".to_owned(),
            429 => "the twin is being asked too much right now".to_owned(),
            503 => "the twin cannot answer right now".to_owned(),
            status => format!("the twin refused with {status}"),
        }
    }

    fn hint(&self, environment: &str) -> Option<String> {
        let after = |wait: Duration| format!("ask again in {} s", wait.as_secs().max(1));
        match (self.status, self.code.as_str()) {
            (400 | 413 | 415 | 422, _) => None,
            (429, _) => Some(self.retry_after.map_or_else(|| "ask again in a moment".to_owned(), after)),
            (_, "persona_missing") => Some(
                "it speaks from files about its owner: fill in the templates in `data/`, and deploy again"
                    .to_owned(),
            ),
            (403 | 404, _) => Some(format!("run `twinctl status {environment}` to see what is wrong")),
            _ => Some(format!("`twinctl logs {environment}` tells the cause")),
        }
    }
}

impl Trouble {
    /// As people read it.
    pub(crate) fn diagnostic(&self, environment: &str, session: &SessionId) -> Diagnostic {
        let unhealthy = |message: &str| Diagnostic::new(Exit::Unhealthy, message);
        let look = format!("run `twinctl status {environment}` to see what is wrong");
        match self {
            Self::Unreachable(why) => unhealthy("the twin does not answer").cause(why).hint(look),
            Self::Lost(why) => {
                let again = format!(
                    "ask again in the same conversation: `twinctl chat {environment} --session {session}`"
                );
                unhealthy("the answer was lost on its way").cause(why).hint(again)
            }
            Self::Refused(refusal) => {
                let diagnostic =
                    Diagnostic::new(refusal.exit(), refusal.message()).cause(plain(&refusal.detail));
                refusal.hint(environment).into_iter().fold(diagnostic, Diagnostic::hint)
            }
            Self::Strange => unhealthy("what answers there is not a twin, or one of another kind").hint(look),
        }
    }
}
