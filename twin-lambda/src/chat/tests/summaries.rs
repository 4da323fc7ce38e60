//! Tests of long conversations.

use std::time::Duration;

use contract::limits::HISTORY_TOKENS;
use contract::tokens::estimate;
use http::Method;
use serde_json::{Value, json};

use crate::testing::model::{Model, Step, model};
use crate::testing::{NEVER, Testing, api, openai, request};

const ANSWER: &str =
    "I build bridges. They are long, and people like to walk on them in the evening. What else?";

fn is_summary(messages: &str) -> bool {
    messages.contains("You summarize conversations")
}

/// A model whose summaries contain the name of the visitor, if it knows the name.
fn summarizing(messages: &str) -> String {
    let is_known = messages.contains("My name is Odalys") || messages.contains("visitor is Odalys");
    match (is_summary(messages), is_known) {
        (true, true) => "The visitor is Odalys. She asked about bridges.".to_owned(),
        (true, false) => "The visitor asked about bridges.".to_owned(),
        (false, _) => ANSWER.to_owned(),
    }
}

/// A model that answers, but does not summarize.
fn not_summarizing(messages: &str) -> Option<String> {
    (!is_summary(messages)).then(|| ANSWER.to_owned())
}

fn summaries(model: &Model) -> usize {
    let requests = model.requests.lock().unwrap();
    requests.iter().filter(|request| is_summary(&request["messages"].to_string())).count()
}

async fn converse(twin: &Testing, turns: std::ops::RangeInclusive<usize>, words: usize) {
    for number in turns {
        let text = format!("Question {number}: {}", "word ".repeat(words));
        assert_eq!(twin.say(&text).await.status, 200);
    }
}

/// Returns the role of the message at an index.
fn role(at: usize) -> &'static str {
    ["user", "assistant"][at % 2]
}

async fn history(twin: &Testing) -> Vec<Value> {
    twin.get("/api/chat/history/s").await.json()["messages"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_name_from_the_first_turn_is_known_in_turn_200() {
    for words in [1, 100] {
        let model = model(&[Step::Reply(|messages| Some(summarizing(messages)))]).await;
        let twin = api(&openai(&model.url));
        twin.say("My name is Odalys.").await;
        converse(&twin, 2..=199, words).await;
        twin.say("What is my name?").await;
        let input = model.last_input();
        assert!(input[0].contains("Odalys"), "{input:?}");
        assert_eq!(input.last().unwrap(), "What is my name?");
        assert!(!input.iter().any(|text| text.contains("My name is")), "the turn itself is no longer sent");
        assert!(input.iter().map(|text| estimate(text)).sum::<usize>() <= HISTORY_TOKENS + 50);
        let count = summaries(&model);
        assert!((2..=13).contains(&count), "turns are summarized in groups: {count}");
        let last = history(&twin).await.iter().rposition(|message| message.get("summary").is_some()).unwrap();
        assert_eq!(history(&twin).await[last]["role"], "assistant");
    }
}

#[tokio::test]
async fn the_reply_names_the_last_turn_that_a_new_summary_covers() {
    let model = model(&[Step::Reply(|messages| Some(summarizing(messages)))]).await;
    let twin = api(&openai(&model.url));
    converse(&twin, 1..=60, 1).await;
    let reply = twin.say("One more").await.json();
    assert!(reply.get("summarized").is_none(), "120 messages fit");
    let reply = twin.say("And one more").await.json();
    let messages = history(&twin).await;
    let last = messages.iter().position(|message| message["turn"] == reply["summarized"]).unwrap();
    assert_eq!(messages[last + 1]["summary"], "The visitor asked about bridges.");
    assert_eq!(last + 2, messages.len() - 2 - 60);
    let log = twin.log();
    let line = log.iter().find(|line| line["summarized"] == true).unwrap();
    assert_eq!((&line["summary_input_tokens"], &line["input_tokens"]), (&json!(7), &json!(7)));
    assert_eq!((&line["summary_cached_tokens"], &line["cached_tokens"]), (&json!(3), &json!(3)));
}

#[tokio::test]
async fn turns_after_a_summary_can_be_replaced_and_stopped() {
    let model = model(&[Step::Reply(|messages| Some(summarizing(messages)))]).await;
    let twin = api(&openai(&model.url));
    twin.say("My name is Odalys.").await;
    converse(&twin, 2..=62, 1).await;
    let ask = async |question: &str, replaces: &str| {
        let body = json!({"message": question, "session_id": "s", "turn": question, "replaces": [replaces]});
        assert_eq!(twin.chat(&body).await.status, 200);
        let input = model.last_input();
        assert!(input[0].contains("visitor is Odalys"), "{input:?}");
        input[input.len() - 3..].to_vec()
    };
    let last = history(&twin).await.last().unwrap()["turn"].as_str().unwrap().to_owned();
    let question = |number: usize| format!("Question {number}: word ");
    assert_eq!(ask("Edited", &last).await, [question(61), ANSWER.to_owned(), "Edited".to_owned()]);
    let stop = json!({"session_id": "s", "turn": "Edited", "shown": 7}).to_string();
    assert_eq!(twin.send(request(Method::POST, "/chat/stop", &stop)).await.status, 204);
    assert_eq!(twin.say("Next").await.status, 200);
    assert_eq!(model.last_input()[model.last_input().len() - 3..], ["Edited", "I build", "Next"]);
    assert_eq!(
        ask("Again", history(&twin).await.last().unwrap()["turn"].as_str().unwrap()).await[2],
        "Again"
    );
    assert_eq!(summaries(&model), 1, "the summary is stored with a turn that stays");
}

#[tokio::test]
async fn a_turn_is_answered_without_a_summary_if_that_fails() {
    let model = model(&[Step::Reply(not_summarizing)]).await;
    let twin = api(&openai(&model.url));
    twin.say("My name is Odalys.").await;
    converse(&twin, 2..=130, 20).await;
    assert!(summaries(&model) > 10, "each turn tries again");
    assert_eq!(model.last_input().last().unwrap().len(), "Question 130: ".len() + 20 * 5);
    let messages = history(&twin).await;
    assert_eq!(messages.len(), 200);
    assert!(messages.iter().all(|message| message.get("summary").is_none()));
    let is_warned = |line: &Value| line["errors"].to_string().contains("the conversation was not summarized");
    assert!(twin.log().iter().any(is_warned));
}

/// tokio rounds timers up to whole milliseconds.
const TIMER_STEP: Duration = Duration::from_millis(2);

#[tokio::test]
async fn a_summary_that_takes_too_long_leaves_time_for_the_answer() {
    // A summary takes at most ten seconds, and at most a third of the time for the answer, which is `within` minus 1.5
    // seconds.
    for (within, longest) in [(NEVER, 10_000), (Duration::from_secs(30), 9_500)] {
        let model = model(&[Step::Hang, Step::Answer("In time.")]).await;
        let twin = api(&openai(&model.url));
        let messages: Vec<Value> =
            (0..130).map(|at| json!({"role": role(at), "content": format!("m{at}")})).collect();
        std::fs::create_dir(twin.path("memory")).unwrap();
        std::fs::write(twin.path("memory/s.json"), json!(messages).to_string()).unwrap();
        let pass_time = async {
            model.wait_for_requests(1).await;
            tokio::time::pause();
            tokio::time::advance(Duration::from_millis(longest) + TIMER_STEP).await;
            // The clock stands still as long as a task is ready.
            for _ in 0..50_000_000 {
                tokio::task::yield_now().await;
            }
            panic!("the summary takes longer");
        };
        let body = json!({"message": "Hi", "session_id": "s"}).to_string();
        let answer = twin.respond(request(Method::POST, "/chat", &body), within);
        let answered = tokio::select! {
            answered = answer => answered,
            () = pass_time => unreachable!(),
        };
        tokio::time::resume();
        assert_eq!(answered.status(), 200);
        assert_eq!(history(&twin).await.last().unwrap()["content"], "In time.");
    }
}

#[tokio::test]
async fn the_builtin_model_drops_old_turns() {
    let twin = api(&[("TURNS_PER_MINUTE", "0")]);
    converse(&twin, 1..=110, 1).await;
    let messages = history(&twin).await;
    assert_eq!(messages.len(), 200);
    assert!(messages.iter().all(|message| message.get("summary").is_none()));
    let reply = twin.say("What is your email?").await;
    assert!(reply.text().contains("ada@example.com"));
}

#[tokio::test]
async fn a_long_conversation_of_another_program_is_summarized_in_steps() {
    for key in ["s.json", "conversations/s.json"] {
        let model = model(&[Step::Reply(|messages| Some(summarizing(messages)))]).await;
        let twin = api(&openai(&model.url));
        let message = |at: usize| {
            let text = if at == 0 { "My name is Odalys.".to_owned() } else { "long ".repeat(700) };
            json!({"role": role(at), "content": text})
        };
        let messages = json!((0..60).map(message).collect::<Vec<_>>());
        let stored =
            if key == "s.json" { messages } else { json!({"session_id": "s", "messages": messages}) };
        let path = twin.path("memory").join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, stored.to_string()).unwrap();
        converse(&twin, 1..=9, 1).await;
        assert_eq!(summaries(&model), 7);
        for request in model.requests.lock().unwrap().iter() {
            assert!(estimate(&request["messages"].to_string()) < 12_000);
        }
        assert!(model.last_input()[0].contains("Odalys"));
        assert_eq!(history(&twin).await.len(), 78);
    }
}
