//! Posts a comment on the pull request of a GitHub Actions run.

use serde_json::json;

use crate::{
    ci::{Comment, Posted, PullRequest},
    run::github::Api,
    ui::Ui,
};

/// Posts or updates a comment. A failure is a warning and does not change the exit code. `what` is the subject of the
/// warning, with its verb.
pub(super) async fn post(what: &str, marker: String, text: impl FnOnce(&PullRequest) -> String, ui: &Ui) {
    let Some(pull) = PullRequest::of_run() else {
        ui.say("no comment was posted: this is not a GitHub Actions run for a pull request");
        return;
    };
    let Some(api) = Api::of_job() else {
        ui.warn(&format!("{what} not posted to the pull request: GITHUB_TOKEN is not set. {ELSEWHERE}"));
        return;
    };
    let comment = Comment { marker, text: text(&pull) };
    match comment.post(&api, &pull).await {
        Ok(posted) => {
            let (word, url) = match posted {
                Posted::New(url) => ("posted", url),
                Posted::Updated(url) => ("updated", url),
            };
            ui.say(&format!("comment {word}: {url}"));
            ui.object("comment", json!({ "posted": word, "url": url }));
        }
        Err(error) => {
            let why = if pull.from_fork {
                "a run for a pull request from a fork has read-only permissions"
            } else {
                "the job needs `permissions: pull-requests: write`"
            };
            ui.warn(&format!("{what} not posted to the pull request ({error}): {why}. {ELSEWHERE}"));
        }
    }
}

const ELSEWHERE: &str = "See the job summary";
