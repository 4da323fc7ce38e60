//! The pull request of a workflow run.

use serde_json::Value;

use crate::system::host::{self, variable};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PullRequest {
    /// Owner and name of the repository of the pull request, not of its branch.
    pub(crate) repository: String,
    pub(crate) number: u64,
    /// The head commit of the branch. The job itself runs on a merge commit.
    pub(crate) commit: Option<String>,
    /// Whether the branch is in another repository, in which case the job's token is read-only.
    pub(crate) from_fork: bool,
    /// The address of the workflow run.
    pub(crate) run: Option<String>,
}

impl PullRequest {
    /// Returns `None` if the run is not for a pull request.
    pub(crate) fn of_run() -> Option<Self> {
        let event = std::fs::read_to_string(variable("GITHUB_EVENT_PATH")?).ok()?;
        let event = serde_json::from_str(&event).ok()?;
        Self::of_event(&event, variable("GITHUB_REPOSITORY")?, host::ci_run())
    }

    fn of_event(event: &Value, repository: String, run: Option<String>) -> Option<Self> {
        let pull = &event["pull_request"];
        let number = pull["number"].as_u64().or_else(|| {
            // GitHub reports a comment on a pull request as an issue event.
            event["issue"].get("pull_request").and_then(|_| event["issue"]["number"].as_u64())
        })?;
        let commit = pull["head"]["sha"].as_str().map(ToOwned::to_owned);
        let head = pull["head"]["repo"]["full_name"].as_str();
        let from_fork = pull.is_object() && head != Some(repository.as_str());
        Some(Self { repository, number, commit, from_fork, run })
    }

    pub(super) fn comments(&self) -> String {
        format!("/repos/{}/issues/{}/comments", self.repository, self.number)
    }

    pub(super) fn comment(&self, id: u64) -> String {
        format!("/repos/{}/issues/comments/{id}", self.repository)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(event: &Value) -> Option<PullRequest> {
        PullRequest::of_event(event, "ada/twin".to_owned(), None)
    }

    #[test]
    fn only_events_of_a_pull_request_are_accepted() {
        let head = |name: &str| json!({ "sha": "5d41402a", "repo": { "full_name": name } });
        let own = of(&json!({ "pull_request": { "number": 7, "head": head("ada/twin") } })).unwrap();
        assert_eq!((own.number, own.commit.as_deref(), own.from_fork), (7, Some("5d41402a"), false));
        let fork = of(&json!({ "pull_request": { "number": 7, "head": head("eve/twin") } })).unwrap();
        assert!(fork.from_fork);
        let gone = json!({ "pull_request": { "number": 7, "head": { "sha": "5d", "repo": null } } });
        assert!(of(&gone).unwrap().from_fork, "a fork that was deleted");
        let comment = of(&json!({ "issue": { "number": 8, "pull_request": {} } })).unwrap();
        assert_eq!((comment.number, comment.commit, comment.from_fork), (8, None, false));
        assert_eq!(of(&json!({ "issue": { "number": 9 } })), None);
        assert_eq!(of(&json!({ "ref": "refs/heads/main" })), None);
    }
}
