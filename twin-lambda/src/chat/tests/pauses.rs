//! Tests of the owner's pause: what visitors receive, and what a paused twin does not do.

use std::time::Duration;

use http::Method;
use serde_json::json;

use crate::clock::{self, Deadline};
use crate::testing::model::{Step, model};
use crate::testing::{NEVER, Testing, api, openai, request, s3};

const MARK: &str = "data/.twinctl/paused.json";
const CHAT: &str = r#"{"message": "Hi", "session_id": "s", "stream": true}"#;

#[tokio::test]
async fn a_paused_twin_answers_with_the_owners_sentence_and_asks_no_model() {
    let (url, bucket) = s3::bucket().await;
    let model = model(&[Step::Answer("Hello!")]).await;
    bucket.insert("data/me.txt", "I am Ada.");
    bucket.insert(MARK, r#"{"message": "Back on Monday."}"#);
    let twin = api(&[s3::settings(&url).as_slice(), &openai(&model.url)].concat());
    twin.api.prepare().await;
    bucket.calls();
    for chat in [json!({"message": "Hi", "session_id": "s"}), json!({"message": "Hi"})] {
        let answered = twin.chat(&chat).await;
        assert_eq!(
            (answered.status.as_u16(), &answered.headers["retry-after"]),
            (403, &"60".parse().unwrap()),
            "a status of 500 and more would set off the alarms of the API"
        );
        let json = answered.json();
        assert_eq!(
            [&json["code"], &json["detail"], &json["message"]],
            ["paused", "Back on Monday.", "Back on Monday."]
        );
    }
    let streamed = twin.send(request(Method::POST, "/api/chat", CHAT)).await;
    assert_eq!((streamed.status.as_u16(), streamed.json()["code"].as_str()), (403, Some("paused")));
    assert_eq!(bucket.calls(), [""; 0], "neither the mark nor the conversation is read for each message");
    assert!(model.requests.lock().unwrap().is_empty());
    assert!(twin.log().iter().all(|line| line["level"] == "info"), "a pause is not an error");
    let log = twin.log();
    let chats: Vec<_> = log.iter().filter(|line| line["route"] == "chat").collect();
    assert!(chats.len() == 3 && chats.iter().all(|line| line["failed"] == 0), "{chats:?}");
    assert_eq!(twin.get("/api/health").await.json()["paused"], true);
    assert_eq!(twin.get("/api/chat/history/s").await.status, 200, "visitors keep access to what they wrote");
    let report = twin.api.question(Deadline::after(NEVER)).await;
    assert_eq!(report["characters"], 6, "a deploy checks a paused twin: {report}");
}

#[tokio::test]
async fn any_mark_pauses_the_twin_until_it_is_removed() {
    let twin = api(&[]);
    assert_eq!(twin.say("Hi").await.status, 200);
    assert_eq!(twin.get("/health").await.json()["paused"], false);
    std::fs::create_dir(twin.path("data/.twinctl")).unwrap();
    for mark in ["", "no JSON", "[]", r#"{"message": 1}"#, r#"{"at": "now"}"#] {
        std::fs::write(twin.path(MARK), mark).unwrap();
        next_check().await;
        let answered = twin.say("Hi").await;
        assert_eq!(answered.status, 403, "{mark}");
        assert_eq!(answered.json()["detail"], "This chat is paused. Please come back later.");
        assert_eq!(answered.json().get("message"), None);
    }
    std::fs::remove_file(twin.path(MARK)).unwrap();
    next_check().await;
    assert_eq!(twin.say("Hi").await.status, 200);
}

/// Without data files, the twin cannot answer anyway. The sentence is friendlier.
#[tokio::test]
async fn a_twin_without_data_files_can_be_paused() {
    let (url, bucket) = s3::bucket().await;
    bucket.insert(MARK, "{}");
    let twin: Testing = api(&s3::settings(&url));
    assert_eq!(twin.say("Hi").await.json()["code"], "paused");
}

/// Waits until the data folder is checked again.
async fn next_check() {
    clock::sleep(Duration::from_millis(1100)).await;
}
