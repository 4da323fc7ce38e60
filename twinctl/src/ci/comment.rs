//! The comment on a pull request. Each run updates the comment of the previous run.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use super::pull_request::PullRequest;
use crate::run::github::{Api, ApiError};
use crate::system::clock;

const TRIES: u32 = 4;
/// If GitHub asks for a longer pause before the next try, posting fails.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const ON_A_PAGE: usize = 100;
/// Maximum number of pages that are searched for the earlier comment. After that, a new one is posted.
const PAGES: usize = 30;

/// A comment to post.
#[derive(Debug)]
pub(crate) struct Comment {
    /// The hidden first line, by which the next run finds the comment.
    pub(crate) marker: String,
    pub(crate) text: String,
}

/// A posted comment, with its address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Posted {
    New(String),
    Updated(String),
}

impl Comment {
    /// Posts or updates the comment. Searches for an earlier one before every try, because a try whose response was
    /// lost may have posted it.
    pub(crate) async fn post(&self, api: &Api, pull: &PullRequest) -> Result<Posted, ApiError> {
        let mut tries = 1;
        loop {
            match self.post_once(api, pull).await {
                Err(ApiError::Passing { why, after }) => {
                    let pause = after.unwrap_or(Duration::from_secs(1 << tries));
                    if tries == TRIES || pause > LONGEST_PAUSE {
                        return Err(ApiError::Passing { why, after });
                    }
                    tries += 1;
                    clock::sleep(pause).await;
                }
                ended => return ended,
            }
        }
    }

    async fn post_once(&self, api: &Api, pull: &PullRequest) -> Result<Posted, ApiError> {
        let body = json!({ "body": format!("{}\n{}", self.marker, self.text) });
        if let Some(earlier) = self.find(api, pull).await? {
            match api.send(Method::PATCH, &pull.comment(earlier), &body).await {
                // The comment was deleted meanwhile.
                Err(ApiError::Refused { status: 404, .. }) => {}
                updated => return updated.map(|comment| Posted::Updated(address(&comment))),
            }
        }
        let comment = api.send(Method::POST, &pull.comments(), &body).await?;
        Ok(Posted::New(address(&comment)))
    }

    /// Returns the ID of the earlier comment, if any.
    async fn find(&self, api: &Api, pull: &PullRequest) -> Result<Option<u64>, ApiError> {
        for page in 1..=PAGES {
            let path = format!("{}?per_page={ON_A_PAGE}&page={page}", pull.comments());
            let answer = api.get(&path).await?;
            let comments = answer.as_array().map(Vec::as_slice).unwrap_or_default();
            if let Some(ours) = comments.iter().find(|comment| self.is_ours(comment)) {
                return Ok(ours["id"].as_u64());
            }
            if comments.len() < ON_A_PAGE {
                break;
            }
        }
        Ok(None)
    }

    /// Returns whether twinctl posted the comment. A person can write the marker too, so the author must be a bot.
    fn is_ours(&self, comment: &Value) -> bool {
        let marked = comment["body"].as_str().is_some_and(|body| body.starts_with(&self.marker));
        marked && comment["user"]["type"] == "Bot"
    }
}

fn address(comment: &Value) -> String {
    comment["html_url"].as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twin::chat::script::{json as answer, twin};

    fn pull() -> PullRequest {
        PullRequest {
            repository: "ada/twin".to_owned(),
            number: 7,
            commit: None,
            from_fork: false,
            run: None,
        }
    }

    fn comment(id: u64, kind: &str, body: &str) -> Value {
        json!({ "id": id, "user": { "type": kind }, "body": body, "html_url": format!("https://github.com/c{id}") })
    }

    fn listed(comments: &[Value]) -> Vec<String> {
        answer("200 OK", "", &json!(comments).to_string())
    }

    /// Returns the result, and the request lines.
    async fn posted(answers: Vec<Vec<String>>) -> (Result<Posted, ApiError>, Vec<String>) {
        let (endpoint, serving) = twin(answers).await;
        let marker = "<!-- twinctl plan environments/dev.yaml -->".to_owned();
        let comment = Comment { marker, text: "the plan".to_owned() };
        let posted = comment.post(&Api::new(&endpoint.url, "token".to_owned()), &pull()).await;
        let first =
            |request: &String| request.split(" HTTP/1.1").next().unwrap().replace("/repos/ada/twin", "");
        (posted, serving.await.unwrap().iter().map(first).collect())
    }

    const MARKED: &str = "<!-- twinctl plan environments/dev.yaml -->\nbefore";

    #[tokio::test]
    async fn the_first_comment_is_posted_and_the_next_run_updates_it() {
        let new = answer("201 Created", "", &comment(5, "Bot", "").to_string());
        let (result, requests) = posted(vec![listed(&[]), new]).await;
        assert_eq!(result, Ok(Posted::New("https://github.com/c5".to_owned())));
        assert_eq!(requests, ["GET /issues/7/comments?per_page=100&page=1", "POST /issues/7/comments"]);

        let others = vec![comment(1, "User", MARKED), comment(2, "Bot", "hello"), comment(3, "Bot", MARKED)];
        let updated = answer("200 OK", "", &comment(3, "Bot", "").to_string());
        let (result, requests) = posted(vec![listed(&others), updated]).await;
        assert_eq!(result, Ok(Posted::Updated("https://github.com/c3".to_owned())));
        assert_eq!(requests[1], "PATCH /issues/comments/3");
    }

    #[tokio::test]
    async fn the_earlier_comment_is_found_on_a_later_page() {
        let page: Vec<_> = (0..100).map(|id| comment(id, "User", "hello")).collect();
        let last = [comment(200, "Bot", MARKED)];
        let updated = answer("200 OK", "", "{}");
        let (result, requests) = posted(vec![listed(&page), listed(&page), listed(&last), updated]).await;
        assert!(matches!(result, Ok(Posted::Updated(_))));
        assert_eq!(requests[2], "GET /issues/7/comments?per_page=100&page=3");
    }

    #[tokio::test]
    async fn a_comment_that_was_deleted_meanwhile_is_posted_again() {
        let gone = answer("404 Not Found", "", "{}");
        let new = answer("201 Created", "", "{}");
        let (result, _) = posted(vec![listed(&[comment(3, "Bot", MARKED)]), gone, new]).await;
        assert!(matches!(result, Ok(Posted::New(_))));
    }

    #[tokio::test]
    async fn a_comment_whose_response_was_lost_is_not_posted_twice() {
        let slow = answer("502 Bad Gateway", "retry-after: 0\r\n", "");
        let updated = answer("200 OK", "", "{}");
        let (result, requests) =
            posted(vec![listed(&[]), slow, listed(&[comment(3, "Bot", MARKED)]), updated]).await;
        assert!(matches!(result, Ok(Posted::Updated(_))));
        assert_eq!(requests.len(), 4);
    }

    #[tokio::test]
    async fn transient_errors_are_retried_a_few_times_and_refusals_are_not() {
        let slow = || answer("503 Unavailable", "retry-after: 0\r\n", "");
        let (result, requests) = posted((0..4).map(|_| slow()).collect()).await;
        assert!(matches!(result, Err(ApiError::Passing { .. })));
        assert_eq!(requests.len(), 4);
        let (result, requests) = posted(vec![answer("429 Slow", "retry-after: 3600\r\n", "")]).await;
        assert!(matches!(result, Err(ApiError::Passing { .. })) && requests.len() == 1);
        let refused = answer("403 Forbidden", "", r#"{"message":"Resource not accessible by integration"}"#);
        let (result, _) = posted(vec![listed(&[]), refused]).await;
        assert_eq!(result.unwrap_err().to_string(), "403: Resource not accessible by integration");
    }
}
