//! Tests of blocked conversations and visitors.

use std::time::Duration;

use contract::api::ORIGIN_SECRET_HEADER;
use http::Method;
use serde_json::{Value, json};

use crate::clock;
use crate::testing::model::{Step, model};
use crate::testing::{FullResponse, Testing, api, openai, request, s3};

const LIST: &str = "data/.twinctl/blocked.json";

const SALT: (&str, &str) = ("VISITOR_SALT", "of this twin");
const SECRET: (&str, &str) =
    ("ORIGIN_SECRET_HASHES", "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b");

/// Sends a message like CloudFront.
async fn ask(twin: &Testing, session: &str, address: &str) -> FullResponse {
    let body = json!({"message": "Hi", "session_id": session});
    let mut chat = request(Method::POST, "/api/chat", &body.to_string());
    chat.headers_mut().insert("x-forwarded-for", format!("{address}, 130.176.0.1").parse().unwrap());
    chat.headers_mut().insert(ORIGIN_SECRET_HEADER, "secret".parse().unwrap());
    twin.send(chat).await
}

/// Returns a field of the last line about a message.
fn logged(twin: &Testing, field: &str) -> String {
    let lines = twin.log();
    let chat = lines.iter().rfind(|line| line["route"] == "chat").unwrap();
    chat[field].as_str().unwrap_or_default().to_owned()
}

fn today() -> i64 {
    clock::now().as_second() / (24 * 60 * 60)
}

#[tokio::test]
async fn a_blocked_conversation_or_visitor_gets_no_answer_and_costs_nothing() {
    let (url, bucket) = s3::bucket().await;
    let model = model(&[Step::Answer("Hello!"), Step::Answer("Hello!")]).await;
    bucket.insert("data/me.txt", "I am Ada.");
    let settings = [s3::settings(&url).as_slice(), &openai(&model.url), &[SECRET, SALT]].concat();
    let twin = api(&settings);
    let mut hashes = Vec::new();
    for (session, address) in [("first", "192.0.2.1"), ("second", "192.0.2.2")] {
        assert_eq!(ask(&twin, session, address).await.status, 200);
        hashes.push((logged(&twin, "session"), logged(&twin, "visitor")));
    }
    assert_eq!(twin.get("/api/health").await.json()["blocks"], false);
    let ((first, _), (_, second)) = (&hashes[0], &hashes[1]);
    let list = json!({"blocked": [{"hash": first}, {"hash": second, "day": today()}]});
    bucket.insert(LIST, &list.to_string());

    let twin = api(&settings);
    twin.api.prepare().await;
    bucket.calls();
    for (session, address) in [("first", "192.0.2.9"), ("other", "192.0.2.2"), ("first", "192.0.2.2")] {
        let answered = ask(&twin, session, address).await;
        assert_eq!(
            (answered.status.as_u16(), &answered.json()["code"]),
            (403, &"blocked".into()),
            "{session}"
        );
        assert_eq!(answered.json()["detail"], "This chat does not accept your messages.");
    }
    assert_eq!(bucket.calls(), [""; 0], "nothing is read for a message of a blocked visitor");
    assert_eq!(model.requests.lock().unwrap().len(), 2);
    let lines = twin.log();
    assert!(lines.iter().all(|line| line["level"] == "info"), "a block is not an error");
    assert!(lines.iter().filter(|line| line["route"] == "chat").all(|line| line["failed"] == 0));
    assert_eq!(twin.get("/api/health").await.json()["blocks"], true);
}

/// The owner's list has hashes of earlier processes. A rotation changes the secret, but not the salt.
#[tokio::test]
async fn a_visitor_has_the_same_hash_after_a_restart_and_a_rotation_and_another_one_at_another_twin() {
    let mut hashes = Vec::new();
    let accepts_both = format!("{},{}", "0".repeat(64), SECRET.1);
    for settings in [
        [SECRET, SALT].as_slice(),
        &[(SECRET.0, &accepts_both), SALT],
        &[SECRET, ("VISITOR_SALT", "of another twin")],
        &[SECRET],
        &[SECRET],
    ] {
        let twin = api(settings);
        assert_eq!(ask(&twin, "a", "192.0.2.1").await.status, 200);
        hashes.push(logged(&twin, "visitor"));
    }
    assert_eq!(hashes[0], hashes[1]);
    let different: std::collections::BTreeSet<_> = hashes[1..].iter().collect();
    assert_eq!(different.len(), 4, "{hashes:?}");
}

/// The hash in the log changes every day, and the owner may have read it from yesterday's log.
#[tokio::test]
async fn a_visitor_stays_blocked_on_later_days() {
    let (twin, today) = (api(&[SECRET]), today());
    assert_eq!(ask(&twin, "a", "192.0.2.1").await.status, 200);
    let hash = logged(&twin, "visitor");
    std::fs::create_dir(twin.path("data/.twinctl")).unwrap();
    let status = async |list: &Value, address: &str| {
        std::fs::write(twin.path(LIST), list.to_string()).unwrap();
        clock::sleep(Duration::from_millis(1100)).await;
        ask(&twin, "b", address).await.status.as_u16()
    };
    let entry = |day: i64| json!({"blocked": [{"hash": hash, "day": day}]});
    // The hash in an entry is compared with the hashes of that day and of the day before.
    assert_eq!(status(&entry(today), "192.0.2.1").await, 403);
    assert_eq!(status(&entry(today + 1), "192.0.2.1").await, 403);
    assert_eq!(status(&entry(today + 2), "192.0.2.1").await, 200);
    assert_eq!(status(&entry(today), "192.0.2.2").await, 200);
    for invalid in
        [json!(null), json!([]), json!({"blocked": 1}), json!({"blocked": [1, {"hash": null}, {}]})]
    {
        assert_eq!(status(&invalid, "192.0.2.1").await, 200, "{invalid}");
    }
    std::fs::remove_file(twin.path(LIST)).unwrap();
}
