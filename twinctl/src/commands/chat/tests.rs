//! Tests of what `chat` writes to stdout and stderr.

use tokio::sync::mpsc;

use super::*;
use crate::{
    twin::{
        chat::script::{json, streamed, twin},
        endpoint::Endpoint,
    },
    ui::capture::captured,
};

fn answer(session: &str) -> Vec<String> {
    let last = format!(
        "event: done\ndata: {{\"response\":\"I am **Ada**.\",\"session_id\":\"{session}\",\"timestamp\":\"t\"}}\n\n"
    );
    streamed(&["event: token\ndata: {\"delta\":\"I am \"}\n\n", &last])
}

fn conversation(endpoint: &Endpoint) -> Conversation<'_> {
    Conversation::new(endpoint, "s1".parse().ok())
}

#[tokio::test]
async fn only_the_answer_of_one_question_goes_to_stdout() {
    let (endpoint, _) = twin(vec![answer("s1")]).await;
    let (ui, people, data) = captured(Mode::Lines);
    let exit = ask_once(conversation(&endpoint), "Who are you?", "dev", &ui).await;
    assert_eq!(exit, Ok(Exit::Done));
    assert_eq!(data.text(), "I am **Ada**.\n");
    assert_eq!(people.text(), "continue with `twinctl chat dev --session s1`\n");
}

#[tokio::test]
async fn json_output_is_one_object() {
    let (endpoint, _) = twin(vec![answer("s1")]).await;
    let (ui, people, data) = captured(Mode::Json);
    let exit = ask_once(conversation(&endpoint), "Who are you?", "dev", &ui).await;
    assert_eq!(exit, Ok(Exit::Done));
    insta::assert_snapshot!(data.text(), @r#"{"kind":"reply","response":"I am **Ada**.","session_id":"s1","timestamp":"t","version":1}"#);
    assert_eq!(people.text(), "");
}

#[tokio::test]
async fn a_conversation_continues_after_an_error_and_restarts_with_new() {
    let busy = json("503 Service Unavailable", "", r#"{"detail":"Please try again.","code":"model_busy"}"#);
    let (endpoint, serving) = twin(vec![answer("s1"), busy, answer("s2")]).await;
    let (ui, people, data) = captured(Mode::Lines);
    let (sender, typed) = mpsc::unbounded_channel();
    for line in ["Who are you?", "", "And now?", "/new", "Who?", "exit", "never asked"] {
        sender.send(line.to_owned()).unwrap();
    }
    let exit = converse(conversation(&endpoint), "dev", "https://d1.cloudfront.net", typed, &ui).await;
    assert_eq!(exit, Exit::Done);
    assert_eq!(data.text(), "I am **Ada**.\nI am **Ada**.\n");
    insta::assert_snapshot!("a_conversation", people.text());
    let requests = serving.await.unwrap();
    assert!(requests[1].contains(r#""session_id":"s1""#) && !requests[2].contains(r#""s1""#), "{requests:?}");
}

#[tokio::test]
async fn the_end_of_the_input_ends_the_conversation() {
    let (endpoint, _) = twin(Vec::new()).await;
    let (ui, people, _) = captured(Mode::Lines);
    let (_, typed) = mpsc::unbounded_channel();
    assert_eq!(converse(conversation(&endpoint), "dev", "https://x", typed, &ui).await, Exit::Done);
    assert!(!people.text().contains("--session"), "{}", people.text());
}
