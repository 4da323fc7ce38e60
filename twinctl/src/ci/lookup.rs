//! Reads from GitHub: the IDs of a repository, which determine its names in OIDC tokens, and the commit of a release.

use serde_json::Value;

use super::{Ids, Repository, SubjectNames};
use crate::run::github::{Api, ApiError};

/// Repositories that were created on this date or later have always had IDs in their OIDC subjects. Compared as text
/// with the ISO 8601 dates of GitHub.
const IDS_SINCE: &str = "2026-07-15";

/// Why the IDs of a repository are not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LookupError {
    #[error("GitHub shows the repository as `{0}`")]
    Spelling(String),
    #[error("the repository was renamed or transferred, or does not exist, or is private")]
    Unknown,
    #[error("GitHub did not return the IDs of the repository: {0}")]
    NoAnswer(String),
}

/// Returns the names of the repository in OIDC subjects.
pub(crate) async fn subject_names(api: &Api, repository: &Repository) -> Result<SubjectNames, LookupError> {
    match api.get(&format!("/repos/{repository}")).await {
        Ok(answer) => read(repository, &answer),
        // 301 and 307: the repository has a new name. 404: it does not exist, or this caller cannot see it.
        Err(ApiError::Refused { status: 301 | 307 | 404, .. }) => Err(LookupError::Unknown),
        Err(error) => Err(LookupError::NoAnswer(error.to_string())),
    }
}

/// Returns the commit that a tag points to.
pub(crate) async fn commit_of_tag(api: &Api, repository: &Repository, tag: &str) -> Result<String, ApiError> {
    let answer = api.get(&format!("/repos/{repository}/commits/{tag}")).await?;
    let commit =
        answer["sha"].as_str().filter(|sha| sha.len() == 40 && sha.chars().all(|c| c.is_ascii_hexdigit()));
    let why = "the response does not contain the commit".to_owned();
    commit.map(ToOwned::to_owned).ok_or(ApiError::Refused { status: 200, why })
}

fn read(repository: &Repository, answer: &Value) -> Result<SubjectNames, LookupError> {
    let (owner, id) = (answer["owner"]["id"].as_u64(), answer["id"].as_u64());
    let (Some(owner), Some(id), Some(shown), Some(created)) =
        (owner, id, answer["full_name"].as_str(), answer["created_at"].as_str())
    else {
        return Err(LookupError::NoAnswer("the response does not contain them".to_owned()));
    };
    if shown != repository.to_string() {
        return Err(LookupError::Spelling(shown.to_owned()));
    }
    let ids = Ids { owner, repository: id };
    let names = if created < IDS_SINCE { SubjectNames::of_older } else { SubjectNames::new };
    Ok(names(repository, ids))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::twin::chat::script::{json as answer, twin};

    const IDS: Ids = Ids { owner: 1815, repository: 1843 };

    fn ada() -> Repository {
        "ada/twin".parse().unwrap()
    }

    fn repository(full_name: &str, created_at: &str) -> String {
        let (owner, id) = (IDS.owner, IDS.repository);
        json!({ "id": id, "full_name": full_name, "owner": { "id": owner }, "created_at": created_at })
            .to_string()
    }

    async fn look_up(status: &str, body: &str) -> Result<SubjectNames, LookupError> {
        let (endpoint, serving) = twin(vec![answer(status, "", body)]).await;
        let names = subject_names(&Api::without_token(&endpoint.url), &ada()).await;
        assert_eq!(serving.await.unwrap(), ["GET /repos/ada/twin HTTP/1.1 "]);
        names
    }

    #[tokio::test]
    async fn only_a_repository_from_before_ids_is_also_trusted_without_them() {
        let new = SubjectNames::new(&ada(), IDS);
        assert_eq!(look_up("200 OK", &repository("ada/twin", "2026-07-15T00:00:00Z")).await, Ok(new));
        let older = SubjectNames::of_older(&ada(), IDS);
        assert_eq!(look_up("200 OK", &repository("ada/twin", "2026-07-14T23:59:59Z")).await, Ok(older));
    }

    #[tokio::test]
    async fn the_commit_of_a_tag_is_a_full_hash() {
        let full = "5d41402abc4b2a76b9719d911017c592ae2b1c3d";
        for (sha, is_accepted) in
            [(full, true), ("5d41402", false), ("5d41402abc4b2a76b9719d911017c592ae2b1c3!", false)]
        {
            let (endpoint, serving) =
                twin(vec![answer("200 OK", "", &json!({ "sha": sha }).to_string())]).await;
            let found = commit_of_tag(&Api::without_token(&endpoint.url), &ada(), "v0.1.0").await;
            assert_eq!(found.ok().as_deref(), is_accepted.then_some(full), "{sha}");
            assert_eq!(serving.await.unwrap(), ["GET /repos/ada/twin/commits/v0.1.0 HTTP/1.1 "]);
        }
    }

    #[tokio::test]
    async fn another_spelling_a_redirect_and_a_hidden_repository_are_errors() {
        let spelled = Err(LookupError::Spelling("Ada/twin".to_owned()));
        assert_eq!(look_up("200 OK", &repository("Ada/twin", "2020-01-01T00:00:00Z")).await, spelled);
        for status in ["301 Moved Permanently", "404 Not Found"] {
            assert_eq!(look_up(status, "{}").await, Err(LookupError::Unknown), "{status}");
        }
        for (status, body) in
            [("200 OK", "{}"), ("200 OK", "<html>"), ("403 Forbidden", "{}"), ("502 Bad", "")]
        {
            assert!(matches!(look_up(status, body).await, Err(LookupError::NoAnswer(_))), "{status} {body}");
        }
    }
}
