//! Asks GitHub whether the workflow run that holds a lock is over.

use std::sync::OnceLock;

use serde_json::Value;

use super::{
    api::{Api, ApiError},
    run::Run,
};

/// A client that asks about other workflow runs of this repository.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    here: Option<Run>,
    api: Option<Api>,
    /// Set after GitHub refused a request, so that it is not repeated.
    refused: OnceLock<()>,
}

/// Whether a workflow run is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    Yes,
    /// The run is in progress, or its status is unknown. The expiry of the lease decides.
    Unknown,
    /// The job has no permission to ask. Returned once; later calls return `Unknown`.
    NotPermitted(String),
}

impl Runs {
    /// Uses the environment variables of the current job.
    pub(crate) fn of_job() -> Self {
        Self { here: Run::current(), api: Api::of_job(), refused: OnceLock::new() }
    }

    /// Returns whether the run at `address`, which the lock names, is over.
    pub(crate) async fn ended(&self, address: &str) -> Ended {
        let Some(here) = &self.here else { return Ended::Unknown };
        let Some(run) = Run::at(address, &here.server) else { return Ended::Unknown };
        let itself = (run.id, run.attempt) == (here.id, here.attempt);
        if itself || run.repository != here.repository || self.refused.get().is_some() {
            return Ended::Unknown;
        }
        let Some(api) = &self.api else { return self.not_permitted("GITHUB_TOKEN is not set") };
        match api.get(&format!("/repos/{}/actions/runs/{}", run.repository, run.id)).await {
            Ok(answer) if is_over(run.attempt, &answer) => Ended::Yes,
            Ok(_) | Err(ApiError::Passing { .. }) => Ended::Unknown,
            Err(refused) => self.not_permitted(&refused.to_string()),
        }
    }

    fn not_permitted(&self, why: &str) -> Ended {
        // Only the first call reports the reason.
        self.refused.set(()).map_or(Ended::Unknown, |()| Ended::NotPermitted(why.to_owned()))
    }
}

/// An attempt is over if its run is, or if there is a later attempt, because attempts do not overlap.
fn is_over(attempt: Option<u64>, answer: &Value) -> bool {
    let newest = answer["run_attempt"].as_u64();
    let later = newest.zip(attempt).is_some_and(|(newest, attempt)| newest > attempt);
    let same = newest.zip(attempt).is_none_or(|(newest, attempt)| newest == attempt);
    later || (same && answer["status"] == "completed")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::twin::chat::script::{json as answer, twin};

    #[test]
    fn an_attempt_is_over_if_its_run_is_or_a_later_attempt_exists() {
        let table = [
            (Some(1), json!({ "status": "completed", "run_attempt": 1 }), true),
            (Some(1), json!({ "status": "in_progress", "run_attempt": 1 }), false),
            (Some(1), json!({ "status": "queued", "run_attempt": 2 }), true),
            (Some(2), json!({ "status": "completed", "run_attempt": 1 }), false),
            (None, json!({ "status": "completed", "run_attempt": 2 }), true),
            (None, json!({ "status": "in_progress", "run_attempt": 2 }), false),
            (Some(1), json!({ "status": "waiting" }), false),
            (Some(1), json!({}), false),
        ];
        for (attempt, answer, over) in table {
            assert_eq!(is_over(attempt, &answer), over, "{attempt:?} {answer}");
        }
    }

    const HOLDER: &str = "https://github.com/ada/twin/actions/runs/7/attempts/1";

    fn runs(api: Option<Api>) -> Runs {
        let here = Run::at("https://github.com/ada/twin/actions/runs/8/attempts/1", "https://github.com");
        Runs { here, api, refused: OnceLock::new() }
    }

    #[tokio::test]
    async fn only_runs_of_this_repository_are_requested() {
        let body = r#"{"status":"completed","run_attempt":1}"#;
        let (endpoint, serving) = twin(vec![answer("200 OK", "", body)]).await;
        let runs = runs(Some(Api::new(&endpoint.url, "token".to_owned())));
        for other in [
            "https://github.com/eve/twin/actions/runs/7/attempts/1",
            "https://github.example.com/ada/twin/actions/runs/7/attempts/1",
            "https://github.com/ada/twin/actions/runs/8/attempts/1",
            "https://gitlab.com/ada/twin/-/jobs/7",
        ] {
            assert_eq!(runs.ended(other).await, Ended::Unknown, "{other}");
        }
        assert_eq!(runs.ended(HOLDER).await, Ended::Yes);
        assert_eq!(serving.await.unwrap(), ["GET /repos/ada/twin/actions/runs/7 HTTP/1.1 "]);
    }

    #[tokio::test]
    async fn a_refusal_is_reported_once_and_the_request_is_not_repeated() {
        let (endpoint, serving) = twin(vec![
            answer("502 Bad Gateway", "", ""),
            answer("403 Forbidden", "", r#"{"message":"Resource not accessible by integration"}"#),
        ])
        .await;
        let runs = runs(Some(Api::new(&endpoint.url, "token".to_owned())));
        assert_eq!(runs.ended(HOLDER).await, Ended::Unknown);
        let why = "403: Resource not accessible by integration".to_owned();
        assert_eq!(runs.ended(HOLDER).await, Ended::NotPermitted(why));
        assert_eq!(runs.ended(HOLDER).await, Ended::Unknown);
        assert_eq!(serving.await.unwrap().len(), 2);
    }

    #[tokio::test]
    async fn without_a_token_or_a_run_the_result_is_unknown() {
        assert_eq!(Runs::default().ended(HOLDER).await, Ended::Unknown);
        assert_eq!(runs(None).ended(HOLDER).await, Ended::NotPermitted("GITHUB_TOKEN is not set".to_owned()));
    }
}
