//! What the model receives, and what the history contains, after retries and edits in several tabs.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::testing::model::{Model, Step, model};
use crate::testing::{FullResponse, Testing, api, openai};

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

/// A twin with the model that numbers its answers, and the number of the turns so far.
struct Visit {
    twin: Testing,
    model: Model,
    turns: usize,
}

impl Visit {
    async fn new() -> Self {
        let model = model(&[Step::Number]).await;
        Self { twin: api(&openai(&model.url)), model, turns: 0 }
    }

    /// Asks a question in a tab, in place of the turns in `replaces`.
    async fn ask(&mut self, tab: &mut Tab, question: &str, replaces: &[String]) -> FullResponse {
        self.turns += 1;
        let turn = format!("turn-{}", self.turns);
        let body = json!({
            "message": question, "session_id": "s", "turn": turn, "replaces": replaces, "stream": self.turns.is_multiple_of(2),
        });
        let response = self.twin.chat(&body).await;
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
    let requests = visit.model.requests.lock().unwrap().len();
    for text in [None, Some("Eins")] {
        let refused = visit.retry(&mut first, text).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (409, &json!("conversation_changed")));
    }
    assert_eq!(visit.model.requests.lock().unwrap().len(), requests, "the model is not asked");
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

/// What a visitor does in one of two tabs.
#[derive(Clone, Debug)]
enum Act {
    Ask,
    Retry,
    Edit,
    Reload,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn the_model_sees_what_the_visitor_saw(
        acts in proptest::collection::vec(
            (0usize..2, prop_oneof![Just(Act::Ask), Just(Act::Retry), Just(Act::Edit), Just(Act::Reload)]), 1..14,
        ),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(random_visit(&acts));
    }
}

async fn random_visit(acts: &[(usize, Act)]) {
    let mut visit = Visit::new().await;
    let mut tabs = [Tab::default(), Tab::default()];
    let mut stored = Tab::default();
    for (number, (tab, act)) in acts.iter().enumerate() {
        let tab = &mut tabs[*tab];
        let text = format!("Question {number}");
        let is_current = tab.shown.last().is_some_and(|last| stored.shown.last() == Some(last));
        let refused = match act {
            Act::Ask => {
                let input = stored.input(&text);
                visit.ask(tab, &text, &[]).await;
                assert_eq!(visit.input(), input);
                stored.shown.push(tab.shown.last().unwrap().clone());
                false
            }
            Act::Retry | Act::Edit if tab.shown.is_empty() => false,
            Act::Retry | Act::Edit => {
                let text = if matches!(act, Act::Edit) { Some(text.as_str()) } else { None };
                let response = visit.retry(tab, text).await;
                assert_eq!(response.status.as_u16(), if is_current { 200 } else { 409 });
                if is_current {
                    stored.shown.pop();
                    let last = tab.shown.last().unwrap().clone();
                    assert_eq!(visit.input(), stored.input(&last.question));
                    stored.shown.push(last);
                }
                !is_current
            }
            Act::Reload => true,
        };
        let reloaded = visit.reload().await;
        assert_eq!(reloaded.shown, stored.shown);
        if refused {
            *tab = reloaded;
        }
    }
}
