//! A visitor of a twin whose model numbers its answers.

use std::sync::Arc;

use http::Method;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::body::Body;
use crate::testing::model::{Model, Step, model};
use crate::testing::{FullResponse, NEVER, Testing, api, in_time, openai, request};

/// A turn on a visitor's screen.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Shown {
    pub(super) turn: String,
    pub(super) question: String,
    pub(super) answer: String,
    pub(super) is_stopped: bool,
}

/// A tab with the conversation `s`.
#[derive(Clone, Debug, Default)]
pub(super) struct Tab {
    pub(super) shown: Vec<Shown>,
}

/// A twin with a model that numbers its answers.
pub(super) struct Visit {
    pub(super) twin: Testing,
    pub(super) model: Model,
    /// Each answer of the model uses one permit, so that a test decides when the model answers.
    pub(super) gate: Arc<Semaphore>,
    pub(super) turns: usize,
}

impl Visit {
    pub(super) async fn new() -> Self {
        let gate = Arc::new(Semaphore::new(0));
        let model = model(&[Step::Number(Arc::clone(&gate))]).await;
        Self { twin: api(&openai(&model.url)), model, gate, turns: 0 }
    }

    pub(super) fn requests(&self) -> usize {
        self.model.requests.lock().unwrap().len()
    }

    /// Asks a question in a tab, in place of the turns in `replaces`.
    pub(super) async fn ask(&mut self, tab: &mut Tab, question: &str, replaces: &[String]) -> FullResponse {
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
        let reply = response.events_or_json();
        if response.status == 200 && reply.get("code").is_none() {
            assert_eq!(reply["turn"], turn);
            let answer = reply["response"].as_str().unwrap().to_owned();
            tab.shown.retain(|shown| !replaces.contains(&shown.turn));
            tab.shown.push(Shown { turn, question: question.to_owned(), answer, is_stopped: false });
        }
        response
    }

    /// Asks the last question of a tab again, or `text` in its place.
    pub(super) async fn retry(&mut self, tab: &mut Tab, text: Option<&str>) -> FullResponse {
        let last = tab.shown.last().unwrap().clone();
        self.ask(tab, text.unwrap_or(&last.question), &[last.turn]).await
    }

    /// Asks a question, and stops it while the model has not answered. The answer is complete in the end, as in a function
    /// that does not notice that the visitor has left, but `shown` characters of it were shown.
    pub(super) async fn ask_and_stop(
        &mut self,
        tab: &mut Tab,
        question: &str,
        replaces: &[String],
        shown: usize,
    ) {
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
        let answer = response.json()["response"].as_str().unwrap().to_owned();
        let mut turn = Shown { turn, question: question.to_owned(), answer, is_stopped: false };
        turn.cut(shown);
        tab.shown.retain(|shown| !replaces.contains(&shown.turn));
        tab.shown.push(turn);
    }

    /// Stops a turn of which `shown` characters were shown. Returns the status.
    pub(super) async fn stop(&self, turn: &str, shown: usize) -> u16 {
        let body = json!({"session_id": "s", "turn": turn, "shown": shown}).to_string();
        self.twin.send(request(Method::POST, "/api/chat/stop", &body)).await.status.as_u16()
    }

    /// Asks a question, and loses the connection after a part of the answer.
    pub(super) async fn ask_and_disconnect(&mut self, tab: &mut Tab, question: &str, parts: usize) {
        self.turns += 1;
        self.gate.add_permits(1);
        let turn = format!("turn-{}", self.turns);
        let body = json!({"message": question, "session_id": "s", "turn": turn, "stream": true}).to_string();
        let response = self.twin.respond(request(Method::POST, "/api/chat", &body), NEVER).await;
        let Body::Stream { mut rest, .. } = response.into_body() else { panic!("not a stream") };
        let mut received = String::new();
        for _ in 0..=parts {
            received += &token(&rest.recv().await.unwrap());
        }
        drop(rest);
        *tab = in_time(self.wait_for(&turn)).await;
        let Shown { answer, .. } = tab.shown.last().unwrap();
        assert!(!received.is_empty() && answer.starts_with(&received), "{answer} is not {received}…");
    }

    /// Asks a question that the model rejects, and returns its turn.
    pub(super) async fn ask_and_fail(&mut self, tab: &mut Tab, replaces: &[String]) -> String {
        let response = self.ask(tab, "Fail!", replaces).await;
        assert_ne!(response.events_or_json()["code"], json!(null));
        format!("turn-{}", self.turns)
    }

    /// Returns what a tab shows that is reloaded until this turn is stored as the last one.
    pub(super) async fn wait_for(&self, turn: &str) -> Tab {
        loop {
            let reloaded = self.reload().await;
            if reloaded.shown.last().is_some_and(|last| last.turn == turn) {
                return reloaded;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Asks a question, and deletes the conversation while the model has not answered.
    pub(super) async fn ask_and_delete(&mut self, tab: &mut Tab, question: &str) {
        self.turns += 1;
        let body = json!({"message": question, "session_id": "s", "turn": format!("turn-{}", self.turns)});
        let number = self.requests() + 1;
        let delete = async {
            self.model.wait_for_requests(number).await;
            self.delete().await;
            self.gate.add_permits(1);
        };
        let (response, ()) = tokio::join!(self.twin.chat(&body), delete);
        assert_eq!(
            (response.status.as_u16(), &response.headers["x-memory"]),
            (200, &"not-saved".parse().unwrap())
        );
        tab.shown.clear();
    }

    pub(super) async fn delete(&self) {
        let deleted = self.twin.send(request(Method::DELETE, "/chat/history/s", "")).await;
        assert_eq!(deleted.status, 204);
    }

    /// Returns what a reloaded tab shows.
    pub(super) async fn reload(&self) -> Tab {
        let history = self.twin.get("/api/chat/history/s").await.json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let turns = history["messages"].as_array().unwrap().chunks(2).map(|pair| {
            assert_eq!(pair[0]["turn"], pair[1]["turn"]);
            assert_eq!((&pair[0]["role"], &pair[1]["role"]), (&json!("user"), &json!("assistant")));
            Shown {
                turn: text(&pair[0]["turn"]),
                question: text(&pair[0]["content"]),
                answer: text(&pair[1]["content"]),
                is_stopped: pair[1]["stopped"] == true,
            }
        });
        Tab { shown: turns.collect() }
    }

    /// Returns the model's last input.
    pub(super) fn input(&self) -> Vec<String> {
        self.model.last_input()
    }
}

/// Returns the text of an event, if it is a part of the answer.
fn token(event: &[u8]) -> String {
    let event = String::from_utf8_lossy(event);
    let data = event.strip_prefix("event: token\ndata: ").map_or("{}", str::trim_end);
    let data: Value = serde_json::from_str(data).unwrap();
    data["delta"].as_str().unwrap_or_default().to_owned()
}

impl Shown {
    /// Stops the turn: the twin remembers that only `shown` characters of the answer were shown.
    pub(super) fn cut(&mut self, shown: usize) {
        self.is_stopped |= shown < self.answer.chars().count();
        self.answer = if shown == 0 { "…".to_owned() } else { self.answer.chars().take(shown).collect() };
    }
}

impl FullResponse {
    /// Returns the last event of a stream, or the JSON body.
    pub(super) fn events_or_json(&self) -> Value {
        if self.headers["content-type"] == "application/json" {
            return self.json();
        }
        self.events().pop().unwrap().1
    }
}

impl Tab {
    /// Returns what the model receives if the visitor asks a question now.
    pub(super) fn input(&self, question: &str) -> Vec<String> {
        let turns = self.shown.iter().flat_map(|shown| [shown.question.clone(), shown.answer.clone()]);
        turns.chain([question.to_owned()]).collect()
    }
}
