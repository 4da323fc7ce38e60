//! Tests of the budget: what is counted, and what visitors receive when it is used up.

mod load;

use contract::budget::FILE;
use http::Method;
use serde_json::{Value, json};

use super::this_month;
use crate::body::Body;
use crate::clock::Deadline;
use crate::testing::dynamodb::{Failure, Table, settings, table};
use crate::testing::model::{Model, Step, model};
use crate::testing::{NEVER, Testing, api, openai, request};

/// A budget that no test uses up, and a price of the stub's model.
const AMPLE: [(&str, &str); 2] = [("BUDGET_MONTHLY_USD", "1000"), ("BUDGET_PRICE", "1,2")];
/// A budget that no turn fits into.
const NONE: [(&str, &str); 2] = [("BUDGET_MONTHLY_USD", "0.000001"), ("BUDGET_PRICE", "1,2")];
/// The price of the 7 and 5 tokens that the stub of a model reports.
const TURN: i64 = 7 * 1_000 + 5 * 2_000;

/// Returns what was counted in the memory folder.
fn spent(twin: &Testing) -> i64 {
    let json = std::fs::read(twin.path("memory").join(FILE)).unwrap_or_default();
    let json: Value = serde_json::from_slice(&json).unwrap_or_default();
    json["months"][this_month()].as_i64().unwrap_or_default()
}

fn answered(twin: &Testing) -> Vec<Value> {
    twin.log().into_iter().filter(|line| line["route"] == "chat").collect()
}

#[tokio::test]
async fn a_turn_reserves_its_highest_price_and_settles_with_its_tokens() {
    let (twin, table, _model) = with_table().await;
    for turns in 1..=3 {
        assert_eq!(twin.say("Hi").await.json()["response"], "Hello!");
        assert_eq!(table.spent(&this_month()), turns * TURN);
    }
    let updates = table.updates.lock().unwrap();
    assert_eq!(updates.len(), 6, "two calls a turn");
    let amount = |at: usize| -> i64 {
        let update = &updates[at]["ExpressionAttributeValues"];
        update[":amount"]["N"].as_str().unwrap().parse().unwrap()
    };
    assert!(amount(0) > TURN && amount(0) + amount(1) == TURN, "{updates:?}");
    assert!(
        updates[0].get("ConditionExpression").is_some() && updates[1].get("ConditionExpression").is_none()
    );
    assert!(answered(&twin)[0]["budget_ms"].is_number());
}

#[tokio::test]
async fn a_local_twin_counts_in_a_file_of_its_memory() {
    let model = model(&[Step::Answer("Hello!")]).await;
    let twin = api(&[openai(&model.url).as_slice(), &AMPLE].concat());
    twin.say("Hi").await;
    twin.say("Hi").await;
    assert_eq!(spent(&twin), 2 * TURN);
    assert_eq!(twin.get("/api/chat/history/s").await.json()["messages"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn without_a_budget_nothing_is_counted() {
    let (url, table) = table().await;
    let model = model(&[Step::Answer("Hello!")]).await;
    let twin = api(&[openai(&model.url).as_slice(), &settings(&url)].concat());
    twin.say("Hi").await;
    let builtin = api(&[settings(&url).as_slice(), &AMPLE].concat());
    builtin.say("Hi").await;
    assert!(table.updates.lock().unwrap().is_empty());
    assert!(!twin.path("memory").join(FILE).exists() && !builtin.path("memory").join(FILE).exists());
    assert!(answered(&twin)[0].get("budget_ms").is_none());
}

#[tokio::test]
async fn a_twin_without_budget_answers_in_the_visitors_language_with_the_contact() {
    let model = model(&[Step::Answer("Hello!")]).await;
    let twin = api(&[openai(&model.url).as_slice(), &NONE].concat());
    for (question, expected) in [
        (
            "What do you do for work?",
            "I have reached my limit of answers for now. Please come back later. You can reach me here: ada@example.com",
        ),
        (
            "Was machst du beruflich?",
            "Für den Moment habe ich so viele Fragen beantwortet, wie ich darf. Komm bitte später wieder. Du erreichst \
             mich hier: ada@example.com",
        ),
        ("你的工资是多少?", "我目前的回答次数已达上限，请稍后再来。 您可以这样联系我：ada@example.com"),
    ] {
        let reply = twin.chat(&json!({"message": question})).await;
        assert_eq!((reply.status.as_u16(), reply.json()["response"].as_str()), (200, Some(expected)));
    }
    let streamed = r#"{"message": "Hi", "session_id": "s", "stream": true}"#;
    let events = twin.send(request(Method::POST, "/api/chat", streamed)).await.events();
    let names: Vec<_> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["session", "token", "done"]);
    assert_eq!(twin.get("/api/chat/history/s").await.json()["messages"].as_array().unwrap().len(), 2);
    assert!(model.requests.lock().unwrap().is_empty(), "the model is not asked");
    assert!(answered(&twin).iter().all(|line| line["over_budget"] == true && line["level"] == "info"));
    let report = twin.api.question(Deadline::after(NEVER)).await;
    assert_eq!(report["error"]["code"], "budget_reached", "a deploy does not ask the model either");
}

#[tokio::test]
async fn the_question_of_a_deploy_counts() {
    let model = model(&[Step::Answer("I am Ada.")]).await;
    let twin = api(&[openai(&model.url).as_slice(), &AMPLE].concat());
    twin.api.question(Deadline::after(NEVER)).await;
    assert_eq!(spent(&twin), TURN);
}

#[tokio::test]
async fn a_rejected_call_costs_nothing_and_a_repeated_one_counts_once() {
    for (script, expected) in [
        (vec![Step::Reject { status: 400 }], 0),
        (vec![Step::Reject { status: 429 }, Step::Answer("ok")], TURN),
    ] {
        let model = model(&script).await;
        let twin = api(&[openai(&model.url).as_slice(), &AMPLE].concat());
        twin.say("Hi").await;
        assert_eq!(spent(&twin), expected, "{script:?}");
    }
}

#[tokio::test]
async fn a_broken_or_abandoned_stream_counts_by_what_was_received() {
    const CHAT: &str = r#"{"message": "Hi", "session_id": "s", "stream": true}"#;
    let words = "word ".repeat(100);
    let words: &'static str = Box::leak(words.into_boxed_str());
    let broken = model(&[Step::CloseAfter(words)]).await;
    let twin = api(&[openai(&broken.url).as_slice(), &AMPLE].concat());
    twin.send(request(Method::POST, "/api/chat", CHAT)).await;
    let counted = spent(&twin);
    // 125 tokens of text, the reserve for reasoning, and the prompt.
    assert!(counted > (125 + 3_000) * 2_000, "{counted}");

    let hanging = model(&[Step::HangAfter(words)]).await;
    let twin = api(&[openai(&hanging.url).as_slice(), &AMPLE].concat());
    let response = twin.respond(request(Method::POST, "/api/chat", CHAT), NEVER).await;
    let Body::Stream { mut rest, .. } = response.into_body() else { panic!("not a stream") };
    for _ in ["session", "token"] {
        rest.recv().await.unwrap();
    }
    drop(rest);
    hanging.wait_for_disconnect().await;
    twin.api.finished().await;
    assert_eq!(spent(&twin), counted, "the same text was received");
}

#[tokio::test]
async fn a_lost_response_of_the_table_counts_too_much_rather_than_too_little() {
    let highest = {
        let (twin, table, _model) = with_table().await;
        twin.say("Hi").await;
        let first = &table.updates.lock().unwrap()[0]["ExpressionAttributeValues"][":amount"]["N"];
        first.as_str().unwrap().parse::<i64>().unwrap()
    };
    // The failures of the reservation and of the settlement, and what is counted then. A request that was throttled did not
    // take effect.
    let cases = [
        (vec![Failure::Refused("ThrottlingException")], TURN),
        (vec![Failure::Lost], TURN + highest),
        (vec![Failure::None, Failure::Refused("ThrottlingException")], TURN),
        (vec![Failure::None, Failure::Lost], TURN),
        (vec![Failure::None, Failure::Refused("AccessDeniedException")], highest),
    ];
    for (failures, expected) in cases {
        let (twin, table, _model) = with_table().await;
        *table.failures.lock().unwrap() = failures.iter().rev().copied().collect();
        assert_eq!(twin.say("Hi").await.status, 200, "{failures:?}");
        assert_eq!(table.spent(&this_month()), expected, "{failures:?}");
    }
}

/// Returns a twin with an ample budget, its table, and its model.
async fn with_table() -> (Testing, Table, Model) {
    let (url, table) = table().await;
    let model = model(&[Step::Answer("Hello!")]).await;
    let twin = api(&[openai(&model.url).as_slice(), &settings(&url), &AMPLE].concat());
    (twin, table, model)
}

#[tokio::test]
async fn without_its_table_the_twin_does_not_ask_the_model() {
    let (twin, table, model) = with_table().await;
    table.failures.lock().unwrap().push(Failure::Refused("AccessDeniedException"));
    let reply = twin.say("Hi").await;
    assert_eq!((reply.status.as_u16(), reply.json()["code"].as_str()), (503, Some("budget_unavailable")));
    assert!(model.requests.lock().unwrap().is_empty());
    assert!(answered(&twin)[0]["errors"][0].as_str().unwrap().contains("AccessDeniedException"));
    assert_eq!(twin.say("Hi").await.status, 200);
}

#[tokio::test]
async fn an_unreadable_file_does_not_open_the_limit() {
    let model = model(&[Step::Answer("Hello!")]).await;
    let twin = api(&[openai(&model.url).as_slice(), &AMPLE].concat());
    std::fs::create_dir_all(twin.path("memory")).unwrap();
    std::fs::write(twin.path("memory").join(FILE), "{").unwrap();
    assert_eq!(twin.say("Hi").await.json()["code"], "budget_unavailable");
    assert!(model.requests.lock().unwrap().is_empty());
}
