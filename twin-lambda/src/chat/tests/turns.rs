//! Tests of retries and edits in several tabs: the input of the model, and the history.

use serde_json::{Value, json};

use super::visit::{Tab, Visit};
use crate::testing::api;

#[tokio::test]
async fn a_retry_and_an_edit_replace_the_last_turn() {
    let mut visit = Visit::new().await;
    let mut tab = Tab::default();
    visit.ask(&mut tab, "One", &[]).await;
    visit.ask(&mut tab, "Two", &[]).await;
    visit.retry(&mut tab, None).await;
    assert_eq!(visit.input(), ["One", "Answer 1, ää🦀.", "Two"]);
    visit.retry(&mut tab, Some("Zwei")).await;
    assert_eq!(visit.input(), ["One", "Answer 1, ää🦀.", "Zwei"]);
    visit.ask(&mut tab, "Three", &[]).await;
    assert_eq!(visit.input(), ["One", "Answer 1, ää🦀.", "Zwei", "Answer 4, ää🦀.", "Three"]);
    assert_eq!(visit.reload().await.shown, tab.shown);
}

#[tokio::test]
async fn a_tab_with_an_old_view_replaces_nothing() {
    let mut visit = Visit::new().await;
    let mut first = Tab::default();
    visit.ask(&mut first, "One", &[]).await;
    let mut second = visit.reload().await;
    visit.ask(&mut second, "Two", &[]).await;
    let requests = visit.requests();
    for text in [None, Some("Eins")] {
        let refused = visit.retry(&mut first, text).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (409, &json!("conversation_changed")));
    }
    assert_eq!(visit.requests(), requests, "the model is not asked");
    assert_eq!(visit.reload().await.shown, second.shown);
    // The other tab has replaced the turn already.
    let mut first = second.clone();
    visit.retry(&mut second, None).await;
    assert_eq!(visit.retry(&mut first, None).await.status, 409);
    // A new question is never refused.
    assert_eq!(visit.ask(&mut first, "Three", &[]).await.status, 200);
    second.shown.push(first.shown.pop().unwrap());
    assert_eq!(visit.reload().await.shown, second.shown);
}

#[tokio::test]
async fn a_turn_that_is_sent_twice_is_answered_once() {
    let visit = Visit::new().await;
    visit.gate.add_permits(2);
    let body = json!({"message": "One", "session_id": "s", "turn": "t"});
    assert_eq!(visit.twin.chat(&body).await.status, 200);
    assert_eq!(visit.twin.chat(&body).await.status, 409);
    assert_eq!(visit.reload().await.shown.len(), 1);
}

/// A browser sends a question again if its connection breaks before the response begins.
#[tokio::test]
async fn a_turn_that_is_sent_twice_at_once_has_the_answer_that_is_stored() {
    let visit = Visit::new().await;
    let body = json!({"message": "One", "session_id": "s", "turn": "t"});
    let answer = async {
        visit.model.wait_for_requests(2).await;
        visit.gate.add_permits(2);
    };
    let (first, second, ()) = tokio::join!(visit.twin.chat(&body), visit.twin.chat(&body), answer);
    let (answered, refused) = if first.status == 200 { (first, second) } else { (second, first) };
    assert_eq!((answered.status.as_u16(), refused.status.as_u16()), (200, 409));
    let shown = visit.reload().await.shown;
    assert_eq!((shown.len(), shown[0].answer.as_str()), (1, answered.json()["response"].as_str().unwrap()));
}

/// The second tab writes while the model answers the first one, so the first one's write fails.
#[tokio::test]
async fn a_turn_that_another_tab_wrote_meanwhile_is_not_replaced() {
    let mut visit = Visit::new().await;
    let mut tab = Tab::default();
    visit.ask(&mut tab, "One", &[]).await;
    visit.gate.add_permits(4);
    let body = |turn: &str, stream| json!({"message": "Eins", "session_id": "s", "turn": turn, "replaces": "turn-1", "stream": stream});
    for stream in [false, true] {
        let turns = [format!("a{stream}"), format!("b{stream}")].map(|turn| body(&turn, stream));
        let answers = futures_util::future::join_all(turns.iter().map(|body| visit.twin.chat(body))).await;
        let outcomes: Vec<Value> =
            answers.iter().map(|answer| answer.events_or_json()["code"].clone()).collect();
        let refused = outcomes.iter().filter(|code| **code == "conversation_changed").count();
        // The first pair replaces the turn once. The second pair comes too late.
        assert_eq!(refused, if stream { 2 } else { 1 }, "{outcomes:?}");
    }
    assert_eq!(visit.reload().await.shown.len(), 1);
}

#[tokio::test]
async fn invalid_turns_are_rejected() {
    let twin = api(&[]);
    for (turn, replaces) in [
        (json!("a b"), json!(null)),
        (json!(1), json!(null)),
        (json!(null), json!("")),
        (json!(null), json!([1])),
        (json!(null), json!(vec!["a"; 17])),
    ] {
        let body = json!({"message": "Hi", "session_id": "s", "turn": turn, "replaces": replaces});
        assert_eq!(twin.chat(&body).await.json()["code"], "bad_body", "{body}");
    }
    let body = json!({"message": "Hi", "session_id": "s", "turn": null, "replaces": null});
    assert_eq!(twin.chat(&body).await.status, 200);
}

#[tokio::test]
async fn a_turn_that_an_earlier_version_stored_can_be_replaced() {
    for (key, messages) in [
        ("s.json", json!([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}])),
        (
            "conversations/s.json",
            json!({"session_id": "s", "messages": [
                {"role": "user", "content": "Hi", "session_id": "s"}, {"role": "assistant", "content": "Ho", "session_id": "s"},
            ]}),
        ),
    ] {
        let mut visit = Visit::new().await;
        let path = visit.twin.path("memory").join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, messages.to_string()).unwrap();
        let mut tab = visit.reload().await;
        visit.retry(&mut tab, Some("Hello")).await;
        assert_eq!(visit.input(), ["Hello"]);
        assert_eq!(visit.reload().await.shown, tab.shown);
        let stored: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let stored = if stored.is_array() { stored.clone() } else { stored["messages"].clone() };
        let roles: Vec<_> =
            stored.as_array().unwrap().iter().map(|message| message["role"].clone()).collect();
        assert_eq!(roles, ["user", "assistant"], "other programs read the same messages");
    }
}
