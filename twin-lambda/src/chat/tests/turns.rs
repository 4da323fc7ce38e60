//! Tests of retries, edits, stops and lost connections in several tabs: the input of the model, and the history.

use std::sync::Arc;

use http::Method;
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::body::Body;
use crate::testing::model::{Model, Step, model};
use crate::testing::{FullResponse, NEVER, Testing, api, openai, request};

/// A turn on a visitor's screen.
#[derive(Clone, Debug, PartialEq)]
struct Shown {
    turn: String,
    question: String,
    answer: String,
}

/// A tab with the conversation `s`.
#[derive(Clone, Debug, Default)]
struct Tab {
    shown: Vec<Shown>,
}

/// A twin with a model that numbers its answers.
struct Visit {
    twin: Testing,
    model: Model,
    /// The model answers as often as this allows.
    gate: Arc<Semaphore>,
    turns: usize,
}

impl Visit {
    async fn new() -> Self {
        let gate = Arc::new(Semaphore::new(0));
        let model = model(&[Step::Number(Arc::clone(&gate))]).await;
        Self { twin: api(&openai(&model.url)), model, gate, turns: 0 }
    }

    fn requests(&self) -> usize {
        self.model.requests.lock().unwrap().len()
    }

    /// Asks a question in a tab, in place of the turns in `replaces`.
    async fn ask(&mut self, tab: &mut Tab, question: &str, replaces: &[String]) -> FullResponse {
        self.turns += 1;
        self.gate.add_permits(1);
        let asked = self.requests();
        let turn = format!("turn-{}", self.turns);
        let body = json!({
            "message": question, "session_id": "s", "turn": turn, "replaces": replaces, "stream": self.turns.is_multiple_of(2),
        });
        let response = self.twin.chat(&body).await;
        if self.requests() == asked {
            self.gate.forget_permits(1);
        }
        if response.status == 200 {
            let reply = response.events_or_json();
            assert_eq!(reply["turn"], turn);
            let answer = reply["response"].as_str().unwrap().to_owned();
            tab.shown.retain(|shown| !replaces.contains(&shown.turn));
            tab.shown.push(Shown { turn, question: question.to_owned(), answer });
        }
        response
    }

    /// Asks the last question of a tab again, or `text` in its place.
    async fn retry(&mut self, tab: &mut Tab, text: Option<&str>) -> FullResponse {
        let last = tab.shown.last().unwrap().clone();
        self.ask(tab, text.unwrap_or(&last.question), &[last.turn]).await
    }

    /// Asks a question, and stops it while the model has not answered. The answer is complete in the end, as in a function
    /// that does not notice that the visitor has left, but `shown` characters of it were shown.
    async fn ask_and_stop(&mut self, tab: &mut Tab, question: &str, replaces: &[String], shown: usize) {
        self.turns += 1;
        let turn = format!("turn-{}", self.turns);
        let body = json!({"message": question, "session_id": "s", "turn": turn, "replaces": replaces});
        let number = self.requests() + 1;
        let stop = async {
            self.model.wait_for_requests(number).await;
            assert_eq!(self.stop(&turn, shown).await, 202);
            self.gate.add_permits(1);
        };
        let (response, ()) = tokio::join!(self.twin.chat(&body), stop);
        assert_eq!(response.status, 200);
        let answer = cut(response.json()["response"].as_str().unwrap(), shown);
        tab.shown.retain(|shown| !replaces.contains(&shown.turn));
        tab.shown.push(Shown { turn, question: question.to_owned(), answer });
    }

    /// Stops a turn of which `shown` characters were shown. Returns the status.
    async fn stop(&self, turn: &str, shown: usize) -> u16 {
        let body = json!({"session_id": "s", "turn": turn, "shown": shown}).to_string();
        self.twin.send(request(Method::POST, "/api/chat/stop", &body)).await.status.as_u16()
    }

    /// Asks a question, and loses the connection after a part of the answer.
    async fn ask_and_disconnect(&mut self, tab: &mut Tab, question: &str, parts: usize) {
        self.turns += 1;
        self.gate.add_permits(1);
        let turn = format!("turn-{}", self.turns);
        let body = json!({"message": question, "session_id": "s", "turn": turn, "stream": true}).to_string();
        let response = self.twin.respond(request(Method::POST, "/api/chat", &body), NEVER).await;
        let Body::Stream { mut rest, .. } = response.into_body() else { panic!("not a stream") };
        for _ in 0..=parts {
            rest.recv().await.unwrap();
        }
        drop(rest);
        loop {
            let reloaded = self.reload().await;
            if reloaded.shown.last().is_some_and(|last| last.turn == turn) {
                *tab = reloaded;
                break;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Returns what a reloaded tab shows.
    async fn reload(&self) -> Tab {
        let history = self.twin.get("/api/chat/history/s").await.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let turns = history["messages"].as_array().unwrap().chunks(2).map(|pair| {
            assert_eq!(pair[0]["turn"], pair[1]["turn"]);
            assert_eq!((&pair[0]["role"], &pair[1]["role"]), (&json!("user"), &json!("assistant")));
            Shown {
                turn: text(&pair[0]["turn"]),
                question: text(&pair[0]["content"]),
                answer: text(&pair[1]["content"]),
            }
        });
        Tab { shown: turns.collect() }
    }

    /// Returns the model's last input.
    fn input(&self) -> Vec<String> {
        self.model.last_input()
    }
}

/// Returns the answer that is remembered if `shown` characters were shown.
fn cut(answer: &str, shown: usize) -> String {
    if shown == 0 { "…".to_owned() } else { answer.chars().take(shown).collect() }
}

impl FullResponse {
    /// Returns the last event of a stream, or the JSON body.
    fn events_or_json(&self) -> Value {
        if self.headers["content-type"] == "application/json" {
            return self.json();
        }
        self.events().pop().unwrap().1
    }
}

impl Tab {
    /// Returns what the model receives if the visitor asks a question now.
    fn input(&self, question: &str) -> Vec<String> {
        let turns = self.shown.iter().flat_map(|shown| [shown.question.clone(), shown.answer.clone()]);
        turns.chain([question.to_owned()]).collect()
    }
}

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
    tokio::time::timeout(NEVER, model.disconnected.notified()).await.expect("the model was disconnected");
    while twin.get("/chat/history/s").await.json()["messages"] == json!([]) {
        tokio::task::yield_now().await;
    }
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
    while visit.reload().await.shown.is_empty() {
        tokio::task::yield_now().await;
    }
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

/// An action of a visitor in one of two tabs.
#[derive(Clone, Debug)]
enum Act {
    Ask,
    Retry,
    Edit,
    Reload,
    /// Stops the last turn, although its answer is complete.
    Stop(usize),
    AskAndStop(usize),
    EditAndStop(usize),
    AskAndDisconnect(usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => Just(Act::Ask),
        2 => Just(Act::Retry),
        2 => Just(Act::Edit),
        2 => Just(Act::Reload),
        1 => (0usize..20).prop_map(Act::Stop),
        1 => (0usize..20).prop_map(Act::AskAndStop),
        1 => (0usize..20).prop_map(Act::EditAndStop),
        1 => (1usize..10).prop_map(Act::AskAndDisconnect),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn the_model_sees_what_the_visitor_saw(acts in proptest::collection::vec((0usize..2, act()), 1..14)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut visit = RandomVisit { visit: Visit::new().await, stored: Tab::default() };
            let mut tabs = [Tab::default(), Tab::default()];
            for (number, (tab, act)) in acts.iter().enumerate() {
                visit.act(&mut tabs[*tab], act, &format!("Question {number}")).await;
                assert_eq!(visit.visit.reload().await.shown, visit.stored.shown);
            }
        });
    }
}

/// A visit, and the conversation as it has to be stored.
struct RandomVisit {
    visit: Visit,
    stored: Tab,
}

impl RandomVisit {
    async fn act(&mut self, tab: &mut Tab, act: &Act, text: &str) {
        let last = tab.shown.last().cloned();
        let turn = |shown: &Shown| shown.turn.clone();
        let is_current = last.is_some() && last.as_ref().map(turn) == self.stored.shown.last().map(turn);
        match (act, last) {
            (Act::Ask, _) => {
                self.visit.ask(tab, text, &[]).await;
                self.expect_added(tab);
            }
            (Act::AskAndStop(shown), _) => {
                self.visit.ask_and_stop(tab, text, &[], *shown).await;
                self.expect_added(tab);
            }
            (Act::AskAndDisconnect(parts), _) => {
                self.visit.ask_and_disconnect(tab, text, *parts).await;
                self.expect_added(tab);
            }
            (Act::EditAndStop(shown), Some(last)) if is_current => {
                self.visit.ask_and_stop(tab, text, &[last.turn], *shown).await;
                self.stored.shown.pop();
                self.expect_added(tab);
            }
            (Act::Retry | Act::Edit, Some(_)) => {
                let text = if matches!(act, Act::Edit) { Some(text) } else { None };
                let response = self.visit.retry(tab, text).await;
                assert_eq!(response.status.as_u16(), if is_current { 200 } else { 409 });
                if is_current {
                    self.stored.shown.pop();
                    self.expect_added(tab);
                } else {
                    *tab = self.visit.reload().await;
                }
            }
            (Act::Stop(shown), Some(last)) => {
                assert_eq!(self.visit.stop(&last.turn, *shown).await, 204);
                for tab in [&mut self.stored, tab] {
                    let same = tab.shown.iter_mut().filter(|other| other.turn == last.turn);
                    same.for_each(|turn| turn.answer = cut(&turn.answer, *shown));
                }
            }
            (Act::Reload, _) => *tab = self.visit.reload().await,
            _ => {}
        }
    }

    /// Expects the last turn of a tab at the end of the conversation, and that the model has seen everything before it.
    fn expect_added(&mut self, tab: &Tab) {
        let added = tab.shown.last().unwrap().clone();
        assert_eq!(self.visit.input(), self.stored.input(&added.question));
        self.stored.shown.push(added);
    }
}
