//! Tests of stopped turns and lost connections: the input of the model, and the history.

use std::sync::Arc;

use http::Method;
use serde_json::json;
use tokio::sync::Semaphore;

use super::visit::{Tab, Visit};
use crate::body::Body;
use crate::chat::{STOPPED_TURN_POLL, STOPPED_TURN_WAIT};
use crate::testing::model::{Step, model};
use crate::testing::{NEVER, api, in_time, openai, request, s3};

#[tokio::test]
async fn a_stopped_turn_is_remembered_as_far_as_it_was_shown() {
    let mut visit = Visit::new().await;
    let mut tab = Tab::default();
    visit.ask(&mut tab, "One", &[]).await;
    assert_eq!(visit.stop("turn-1", 12).await, 204);
    visit.ask(&mut tab, "Two", &[]).await;
    assert_eq!(visit.input(), ["One", "Answer 1, ää", "Two"]);
    for (shown, kept) in [(13, "Answer 1, ää"), (3, "Ans"), (5, "Ans"), (0, "…")] {
        assert_eq!(visit.stop("turn-1", shown).await, 204);
        let history = visit.twin.get("/api/chat/history/s").await.json();
        assert_eq!(history["messages"][1]["content"], kept);
        assert_eq!(history["messages"][1]["stopped"], true);
        assert!(history["messages"][0].get("stopped").is_none());
    }
    assert_eq!(visit.stop("turn-2", 99).await, 204);
    let history = visit.twin.get("/api/chat/history/s").await.json();
    assert!(history["messages"][3].get("stopped").is_none(), "all of it was shown");
}

#[tokio::test]
async fn a_turn_that_is_stopped_before_it_is_saved_is_cut_when_it_is_saved() {
    for first in [true, false] {
        let mut visit = Visit::new().await;
        let mut tab = Tab::default();
        if !first {
            visit.ask(&mut tab, "Before", &[]).await;
        }
        visit.ask_and_stop(&mut tab, "One", &[], 7).await;
        assert_eq!(visit.reload().await.shown, tab.shown);
        visit.ask(&mut tab, "Two", &[]).await;
        assert_eq!(&visit.input()[visit.input().len() - 3..], ["One", "Answer ", "Two"]);
    }
}

#[tokio::test]
async fn a_question_waits_for_a_stopped_turn_of_another_process() {
    let visit = Visit::new().await;
    let memory = visit.twin.path("memory");
    let other = api(&[&openai(&visit.model.url)[..], &[("MEMORY_DIR", memory.to_str().unwrap())]].concat());
    let body = |turn: &str| json!({"message": turn, "session_id": "s", "turn": turn});
    let (one, two) = (body("One"), body("Two"));
    let stop = async {
        visit.model.wait_for_requests(1).await;
        assert_eq!(visit.stop("One", 3).await, 202);
        assert_eq!(visit.reload().await.shown, []);
        let (answered, ()) = tokio::join!(other.chat(&two), async {
            visit.gate.add_permits(2);
        });
        assert_eq!(answered.status, 200);
    };
    let (answered, ()) = tokio::join!(visit.twin.chat(&one), stop);
    assert_eq!(answered.status, 200);
    assert_eq!(visit.input(), ["One", "Ans", "Two"]);
}

#[tokio::test]
async fn a_question_is_answered_without_a_stopped_turn_that_is_not_saved_in_time() {
    let visit = Visit::new().await;
    visit.gate.add_permits(1);
    assert_eq!(visit.stop("One", 3).await, 202);
    tokio::time::pause();
    let start = tokio::time::Instant::now();
    let pass_time = async {
        while visit.requests() == 0 {
            if start.elapsed() < STOPPED_TURN_WAIT + STOPPED_TURN_POLL {
                tokio::time::advance(STOPPED_TURN_POLL).await;
            }
            tokio::task::yield_now().await;
        }
        tokio::time::resume();
    };
    let body = json!({"message": "Two", "session_id": "s", "turn": "Two"});
    let (answered, ()) = tokio::join!(visit.twin.chat(&body), in_time(pass_time));
    assert_eq!((answered.status.as_u16(), visit.input()), (200, vec!["Two".to_owned()]));
}

#[tokio::test]
async fn an_edit_after_a_stop_replaces_the_stopped_turn() {
    for late in [false, true] {
        let mut visit = Visit::new().await;
        let mut tab = Tab::default();
        visit.ask(&mut tab, "One", &[]).await;
        if late {
            // The stopped turn is saved after its replacement.
            let body = json!({"message": "Two", "session_id": "s", "turn": "stopped"});
            let edit = json!({"message": "Zwei", "session_id": "s", "turn": "edit", "replaces": "stopped"});
            let edit = async {
                visit.model.wait_for_requests(2).await;
                assert_eq!(visit.stop("stopped", 0).await, 202);
                let (edited, ()) = tokio::join!(visit.twin.chat(&edit), async {
                    visit.model.wait_for_requests(3).await;
                    visit.gate.add_permits(2);
                });
                assert_eq!(edited.status, 200);
            };
            tokio::join!(visit.twin.chat(&body), edit);
        } else {
            visit.ask_and_stop(&mut tab, "Two", &[], 4).await;
            visit.retry(&mut tab, Some("Zwei")).await;
        }
        assert_eq!(visit.input(), ["One", "Answer 1, ää🦀.", "Zwei"]);
        let questions: Vec<String> =
            visit.reload().await.shown.into_iter().map(|shown| shown.question).collect();
        assert_eq!(questions, ["One", "Zwei"]);
    }
}

#[tokio::test]
async fn what_was_sent_before_a_visitor_left_is_remembered() {
    let model = model(&[Step::HangAfter("Well, ää"), Step::Answer("Yes.")]).await;
    let twin = api(&openai(&model.url));
    let body = json!({"message": "One", "session_id": "s", "turn": "t", "stream": true}).to_string();
    let response = twin.respond(request(Method::POST, "/chat", &body), NEVER).await;
    let Body::Stream { mut rest, .. } = response.into_body() else { panic!("not a stream") };
    for _ in ["session", "token"] {
        rest.recv().await.unwrap();
    }
    drop(rest);
    model.wait_for_disconnect().await;
    in_time(async {
        while twin.get("/chat/history/s").await.json()["messages"] == json!([]) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let messages = twin.get("/chat/history/s").await.json()["messages"].clone();
    assert_eq!((&messages[1]["content"], &messages[1]["stopped"]), (&json!("Well, ää"), &json!(true)));
    twin.say("Two").await;
    assert_eq!(model.last_input(), ["One", "Well, ää", "Two"]);
}

#[tokio::test]
async fn a_visitor_who_leaves_without_a_stream_has_seen_nothing() {
    let visit = Visit::new().await;
    let body = json!({"message": "One", "session_id": "s", "turn": "t"});
    tokio::select! {
        _ = visit.twin.chat(&body) => panic!("the model does not answer"),
        () = visit.model.wait_for_requests(1) => {}
    }
    in_time(visit.wait_for("t")).await;
    assert!(visit.reload().await.shown[0].is_stopped);
    assert_eq!(visit.stop("t", 0).await, 204);
    visit.gate.add_permits(9);
    visit.twin.say("Two").await;
    assert_eq!(visit.input(), ["One", "…", "Two"]);
}

#[tokio::test]
async fn a_stopped_turn_whose_model_failed_keeps_its_question() {
    let gate = Arc::new(Semaphore::new(0));
    let model = model(&[Step::RejectLate(Arc::clone(&gate)), Step::Answer("Yes.")]).await;
    let visit = Visit { twin: api(&openai(&model.url)), model, gate, turns: 0 };
    let body = json!({"message": "One", "session_id": "s", "turn": "t"});
    let stop = async {
        visit.model.wait_for_requests(1).await;
        assert_eq!(visit.stop("t", 0).await, 202);
        visit.gate.add_permits(1);
    };
    let (failed, ()) = tokio::join!(visit.twin.chat(&body), stop);
    assert_eq!(failed.status, 503);
    visit.twin.say("Two").await;
    assert_eq!(visit.input(), ["One", "…", "Two"]);
}

#[tokio::test]
async fn a_page_that_names_no_turn_keeps_none_that_was_interrupted() {
    let visit = Visit::new().await;
    tokio::select! {
        _ = visit.twin.say("One") => panic!("the model does not answer"),
        () = visit.model.wait_for_requests(1) => {}
    }
    visit.gate.add_permits(9);
    visit.twin.say("Two").await;
    assert_eq!(visit.input(), ["Two"]);
}

#[tokio::test]
async fn a_deleted_conversation_is_not_saved_again() {
    let mut visit = Visit::new().await;
    visit.ask(&mut Tab::default(), "One", &[]).await;
    let delete = async {
        visit.model.wait_for_requests(2).await;
        visit.twin.send(request(Method::DELETE, "/chat/history/s", "")).await;
        visit.gate.add_permits(1);
    };
    let (answered, ()) = tokio::join!(visit.twin.say("Two"), delete);
    assert_eq!(
        (answered.status.as_u16(), &answered.headers["x-memory"]),
        (200, &"not-saved".parse().unwrap())
    );
    assert_eq!(visit.reload().await.shown, []);
}

/// Two processes share the memory, as two instances of the function do, or the old and the new process of a deployment.
#[tokio::test]
async fn a_conversation_that_is_deleted_during_its_first_turn_is_not_saved() {
    let (url, bucket) = s3::bucket().await;
    let on_s3 = &s3::settings(&url)[..4];
    for (is_on_s3, is_stopped) in [(false, false), (false, true), (true, false), (true, true)] {
        let visit = Visit::new().await;
        let folder = visit.twin.path("memory");
        let memory = if is_on_s3 { on_s3 } else { &[("MEMORY_DIR", folder.to_str().unwrap())] };
        let settings = [&openai(&visit.model.url)[..], memory].concat();
        let [twin, other] = [api(&settings), api(&settings)];
        let body = json!({"message": "My secret", "session_id": "s", "turn": "t"});
        let delete = async {
            visit.model.wait_for_requests(1).await;
            let stop = async |status: u16| {
                let body = json!({"session_id": "s", "turn": "t", "shown": 3}).to_string();
                let stopped = other.send(request(Method::POST, "/chat/stop", &body)).await;
                assert_eq!(stopped.status, status);
            };
            if is_stopped {
                stop(202).await;
            }
            let deleted = other.send(request(Method::DELETE, "/chat/history/s", "")).await;
            assert_eq!(deleted.status, 204);
            if is_stopped {
                stop(202).await;
            }
            visit.gate.add_permits(2);
        };
        let (answered, ()) = tokio::join!(twin.chat(&body), delete);
        assert_eq!(
            (answered.status.as_u16(), &answered.headers["x-memory"]),
            (200, &"not-saved".parse().unwrap())
        );
        let history = async || other.get("/chat/history/s").await.json()["messages"].clone();
        assert_eq!(history().await, json!([]));
        let log = serde_json::to_string(&twin.log()).unwrap();
        assert!(log.contains("it was deleted") && !log.contains("s.json"), "{log}");
        let stored = || {
            let object = bucket.objects.lock().unwrap().get("memory/s.json").cloned();
            object.unwrap_or_else(|| std::fs::read(folder.join("s.json")).unwrap_or_default().into())
        };
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&stored()).unwrap(), json!([]));
        // If the visitor continues it, the model sees nothing of it.
        twin.say("Another question").await;
        assert_eq!(visit.input(), ["Another question"]);
        assert_eq!(history().await.as_array().unwrap().len(), 2);
        bucket.objects.lock().unwrap().clear();
    }
}

#[tokio::test]
async fn a_question_that_waits_during_a_deletion_is_not_saved() {
    let visit = Visit::new().await;
    let (url, bucket) = s3::bucket().await;
    let settings = [&openai(&visit.model.url)[..], &s3::settings(&url)[..4]].concat();
    let [twin, other] = [api(&settings), api(&settings)];
    let body = |turn: &str| json!({"message": turn, "session_id": "s", "turn": turn});
    let (one, two) = (body("One"), body("Two"));
    let delete = async {
        visit.model.wait_for_requests(1).await;
        let stop = json!({"session_id": "s", "turn": "One", "shown": 3}).to_string();
        assert_eq!(other.send(request(Method::POST, "/chat/stop", &stop)).await.status, 202);
        bucket.calls();
        let delete = async {
            in_time(async {
                while bucket.calls.lock().unwrap().len() < 2 {
                    tokio::task::yield_now().await;
                }
            })
            .await;
            let deleted = other.send(request(Method::DELETE, "/chat/history/s", "")).await;
            assert_eq!(deleted.status, 204);
            visit.gate.add_permits(2);
        };
        tokio::join!(twin.chat(&two), delete).0
    };
    let (first, second) = tokio::join!(twin.chat(&one), delete);
    for answered in [first, second] {
        assert_eq!(answered.headers["x-memory"], "not-saved");
    }
    assert_eq!(visit.input(), ["Two"]);
    assert_eq!(other.get("/chat/history/s").await.json()["messages"], json!([]));
}

#[tokio::test]
async fn the_first_turn_after_a_deletion_can_be_stopped() {
    let mut visit = Visit::new().await;
    let mut tab = Tab::default();
    visit.ask(&mut tab, "One", &[]).await;
    visit.delete().await;
    tab.shown.clear();
    visit.ask_and_stop(&mut tab, "Two", &[], 7).await;
    assert_eq!(visit.reload().await.shown, tab.shown);
    visit.ask(&mut tab, "Three", &[]).await;
    assert_eq!(visit.input(), ["Two", "Answer ", "Three"]);
}

#[tokio::test]
async fn a_failed_turn_that_is_stopped_after_a_deletion_is_not_saved() {
    let gate = Arc::new(Semaphore::new(0));
    let model = model(&[Step::RejectLate(Arc::clone(&gate)), Step::Answer("Yes.")]).await;
    let visit = Visit { twin: api(&openai(&model.url)), model, gate, turns: 0 };
    let body = json!({"message": "My secret", "session_id": "s", "turn": "t"});
    let delete = async {
        visit.model.wait_for_requests(1).await;
        visit.delete().await;
        assert_eq!(visit.stop("t", 0).await, 202);
        visit.gate.add_permits(1);
    };
    let (answered, ()) = tokio::join!(visit.twin.chat(&body), delete);
    assert_eq!(answered.status, 503);
    assert_eq!(visit.reload().await.shown, []);
    let stored = std::fs::read_to_string(visit.twin.path("memory/s.json")).unwrap();
    assert_eq!(stored.trim_start_matches('[').trim(), "]", "the placeholder is removed");
}

#[tokio::test]
async fn a_deletion_first_deletes_what_its_tombstone_would_hide() {
    let (url, bucket) = s3::bucket().await;
    let twin = api(&s3::settings(&url)[..4]);
    for is_object in [true, false] {
        if is_object {
            bucket.insert("memory/conversations/s.json", r#"{"session_id": "s", "messages": []}"#);
        }
        bucket.calls();
        assert_eq!(twin.send(request(Method::DELETE, "/chat/history/s", "")).await.status, 204);
        let read = "GET memory/conversations/s.json";
        let deleted = is_object.then_some("DELETE memory/conversations/s.json");
        let expected: Vec<&str> =
            [read].into_iter().chain(deleted).chain(["PUT memory/s.json twinctl%3Aempty=true"]).collect();
        assert_eq!(bucket.calls(), expected);
    }
}

#[tokio::test]
async fn stops_and_deletions_of_unknown_conversations_use_up_no_limit() {
    let model = model(&[Step::Answer("Yes.")]).await;
    let twin = api(&[&openai(&model.url)[..], &[("CONVERSATIONS_PER_DAY", "4")]].concat());
    let mut refused = 0;
    for number in 0..10 {
        let id = format!("invented-{number}");
        let stop = json!({"session_id": id, "turn": "t", "shown": 0}).to_string();
        refused += usize::from(twin.send(request(Method::POST, "/chat/stop", &stop)).await.status == 503);
        let delete = request(Method::DELETE, &format!("/chat/history/{id}-too"), "");
        refused += usize::from(twin.send(delete).await.status == 503);
    }
    assert_eq!(refused, 16, "they have a limit of their own");
    let say = async |id: &str| {
        let answered = twin.chat(&json!({"message": "Hi", "session_id": id, "turn": "t"})).await;
        answered.headers.get("x-memory").is_none()
    };
    // The turn of a placeholder counts when it is saved.
    for id in ["a", "invented-0", "invented-1-too", "b"] {
        assert!(say(id).await, "{id}");
    }
    for id in ["c", "invented-1", "invented-0-too"] {
        assert!(!say(id).await, "{id}");
    }
    let delete =
        async |id: &str| twin.send(request(Method::DELETE, &format!("/chat/history/{id}"), "")).await.status;
    assert_eq!(delete("a").await, 204, "a stored conversation can always be deleted");
    let folder = twin.path("memory/conversations");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("moved.json"), r#"{"session_id": "moved", "messages": []}"#).unwrap();
    assert_eq!((delete("moved").await.as_u16(), folder.join("moved.json").exists()), (204, false));
}

#[tokio::test]
async fn a_stop_never_adds_text() {
    let visit = Visit::new().await;
    for (body, status) in [
        (json!({"session_id": "s", "turn": "t", "shown": 3, "response": "I promise", "message": "x"}), 202),
        (json!({"session_id": "s", "turn": "t", "shown": -1}), 422),
        (json!({"session_id": "s", "turn": "t", "shown": "all"}), 422),
        (json!({"session_id": "s", "turn": "a b", "shown": 3}), 422),
        (json!({"session_id": "../s", "turn": "t", "shown": 3}), 400),
        (json!({"turn": "t", "shown": 3}), 422),
    ] {
        let response = visit.twin.send(request(Method::POST, "/chat/stop", &body.to_string())).await;
        assert_eq!(response.status, status, "{body}");
    }
    let stored = std::fs::read_to_string(visit.twin.path("memory/s.json")).unwrap();
    assert!(!stored.contains("promise"), "{stored}");
    assert_eq!(visit.reload().await.shown, []);
}
